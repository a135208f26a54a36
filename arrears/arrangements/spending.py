"""The month's budget of what is given up. Its row is locked, so a budget holds however many
spend at once; scopes are locked in one order."""

from collections.abc import Sequence
from datetime import date

from arrears.arrangements.models import Budget, Offer
from arrears.arrangements.types import UnableToOffer, Who
from arrears.kernel.money import Money
from arrears.kernel.words import Words
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
                OVER_BUDGET.filled(cents=_text(cents), left=_text(max(0, left)), scope=scope, month=month),
                do=OFFER_LESS,
            )
    for row in rows.values():
        row.used_cents += cents
        row.save(update_fields=["used_cents"])


OVER_BUDGET = Words(
    zh="减免 {cents}，{month} 的额度（{scope}）只剩 {left}",
    en="{cents} given up; {left} are left of the budget {scope} in {month}",
)
OFFER_LESS = Words(
    zh="请减少金额、等下个月，或请额度更大的同事提出。",
    en="Offer less, wait for the next month, or let somebody with a larger budget offer it.",
)


def _text(cents: int) -> str:
    return Money(cents, "CNY").with_symbol()  # budgets are kept in the house's own currency


def left_of(who: Who, *, month: str) -> list[tuple[str, int, int]]:
    """(scope, what is left of it, its limit) in cents, of what `who` may still give up in a month."""
    scopes = scopes_of(who)
    rows = Budget.objects.filter(scope__in=[scope for scope, _ in scopes], month=month)
    used = dict(rows.values_list("scope", "used_cents"))
    return [(scope, max(0, limit - used.get(scope, 0)), limit) for scope, limit in scopes]


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
