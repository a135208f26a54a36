"""The month's budget of what is given up. Its row is locked, so a budget holds however many
spend at once; scopes are locked in one order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from arrears.arrangements.models import Budget, Offer
from arrears.arrangements.types import BudgetLeft, UnableToOffer, Who
from arrears.kernel.money import Money
from arrears.kernel.words import Words
from arrears.rulebook.arrangements import budgets


@dataclass(frozen=True, slots=True)
class Scope:
    """One budget of a month: its name in the table, whose it is, its currency and limit."""

    name: str
    whose: Words
    currency: str
    limit_cents: int

    def text(self, cents: int) -> str:
        """An amount in its currency."""
        return Money(cents, self.currency).with_symbol()


def scopes_of(who: Who, currency: str) -> list[Scope]:
    """What `who` spends from in a currency: their own budget, and their team's.

    Raises UnableToOffer where the currency has none.
    """
    limits = budgets().currencies.get(currency)
    if limits is None:
        raise UnableToOffer(NO_BUDGET.filled(currency=currency), do=SET_ONE.filled(currency=currency))
    mark = "" if currency == HOUSE_CURRENCY else f":{currency}"
    own = limits.member_cents.get(who.role, 0)  # type: ignore[call-overload]
    found = [Scope(f"member:{who.role}:{who.name}{mark}", OWN, currency, own)]
    if who.team:
        team = limits.team_cents.get(who.team, limits.team_cents.get("default", 0))
        found.append(Scope(f"team:{who.team}{mark}", THE_TEAMS, currency, team))
    return found


HOUSE_CURRENCY = "CNY"  # its budgets carry no mark: they were the first
OWN = Words(zh="本人", en="your own")
THE_TEAMS = Words(zh="本组", en="the team's")
NO_BUDGET = Words(zh="没有 {currency} 的减免额度", en="there is no budget for giving up {currency}")
SET_ONE = Words(
    zh="请由机构在 budgets.yaml 中写明 {currency} 的额度。", en="Let the institution set one in budgets.yaml."
)


def reserve(scopes: Sequence[Scope], cents: int, *, month: str) -> None:
    """Take `cents` from every scope, or raise UnableToOffer naming what is left of the tightest."""
    if not cents:
        return
    rows = _locked([scope.name for scope in scopes], month)
    for scope in scopes:
        left = scope.limit_cents - rows[scope.name].used_cents
        if cents > left:
            amounts = {"cents": scope.text(cents), "left": scope.text(max(0, left))}
            raise UnableToOffer(OVER_BUDGET.filled(**amounts, whose=scope.whose, month=month), do=OFFER_LESS)
    for row in rows.values():
        row.used_cents += cents
        row.save(update_fields=["used_cents"])


OVER_BUDGET = Words(
    zh="减免 {cents}，{month} {whose}额度只剩 {left}",
    en="{cents} given up; {left} are left of {whose} budget in {month}",
)
OFFER_LESS = Words(
    zh="请减少金额、等下个月，或请额度更大的同事提出。",
    en="Offer less, wait for the next month, or let somebody with a larger budget offer it.",
)


def left_of(who: Who, *, month: str) -> list[BudgetLeft]:
    """What `who` may still give up in a month: the house's currency, and any other with something spent."""
    scopes = [scope for currency in budgets().currencies for scope in scopes_of(who, currency)]
    rows = Budget.objects.filter(scope__in=[scope.name for scope in scopes], month=month)
    used = dict(rows.values_list("scope", "used_cents"))
    return [
        BudgetLeft(
            scope.whose is THE_TEAMS,
            scope.currency,
            max(0, scope.limit_cents - used.get(scope.name, 0)),
            scope.limit_cents,
        )
        for scope in scopes
        if scope.currency == HOUSE_CURRENCY or used.get(scope.name)
    ]


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
