"""The month's budget of what is given up. Its row is locked, so a budget holds however many
spend at once; scopes are locked in one order."""

from collections.abc import Sequence
from datetime import date

from arrears.arrangements.models import Budget, Offer
from arrears.arrangements.types import UnableToOffer, Who
from arrears.rulebook.arrangements import budgets


def scopes_of(who: Who) -> list[tuple[str, int]]:
    """(scope, its limit in cents) that `who` spends from: their own, and their team's."""
    limits = budgets()
    own = [(f"member:{who.role}:{who.name}", limits.member_cents.get(who.role, 0))]  # type: ignore[call-overload]
    if not who.team:
        return own
    return [*own, (f"team:{who.team}", limits.team_cents.get(who.team, limits.team_cents.get("default", 0)))]


def reserve(scopes: Sequence[tuple[str, int]], cents: int, *, month: str) -> None:
    """Take `cents` from every scope, or raise UnableToOffer naming what is left of the tightest."""
    if not cents:
        return
    rows = _locked([scope for scope, _ in scopes], month)
    for scope, limit in scopes:
        left = limit - rows[scope].used_cents
        if cents > left:
            raise UnableToOffer(
                f"{cents} minor units given up, {max(0, left)} are left of the budget {scope} in {month}",
                do="Offer less, wait for the next month, or let somebody with a larger budget offer it.",
            )
    for row in rows.values():
        row.used_cents += cents
        row.save(update_fields=["used_cents"])


def release(offer: Offer) -> None:
    """Give back what an offer that will never be honoured had reserved."""
    if not offer.budgets:
        return
    for row in _locked(offer.budgets, offer.budget_month).values():
        row.used_cents -= offer.waived_cents
        row.save(update_fields=["used_cents"])
    offer.budgets = []


def _locked(scopes: Sequence[str], month: str) -> dict[str, Budget]:
    names = sorted(set(scopes))
    Budget.objects.bulk_create([Budget(scope=name, month=month) for name in names], ignore_conflicts=True)
    rows = Budget.objects.select_for_update().filter(scope__in=names, month=month).order_by("scope")
    return {row.scope: row for row in rows}


def month_of(day: date) -> str:
    """`2026-11`."""
    return f"{day:%Y-%m}"
