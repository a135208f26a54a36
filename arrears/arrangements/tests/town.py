"""A few of the cast with a card that is late, and short ways to make things happen."""

from datetime import date, datetime, time, timedelta

from arrears.arrangements import actions
from arrears.arrangements.types import AgreementSeen, Asked, Kind, Monthly, OfferSeen, Surroundings, Who
from arrears.casebook import actions as casebook
from arrears.casebook.types import BookRows, FactKind, MoneyNotice, MovementKind
from arrears.kernel.clock import HOUSE_ZONE
from arrears.kernel.days import at_clock
from arrears.kernel.words import Words

DAY = timedelta(days=1)
TODAY = date(2026, 6, 10)  # a Wednesday
AGENT = Who("wang.agent", "agent", "east")
LEADER = Who("li.leader", "team_leader", "east")
MANAGER = Who("zhao.manager", "manager")
CUSTOMER = Who("C1", "customer")
CAST = {"C1": "王小明", "C2": "李静", "C3": "赵强"}
WHY = Words(zh="测试", en="test")
HARD = Surroundings(reasons=("lost_job",), willing=True, sustainable_cents=30_000, recording="tape-1")


def noon(day: date = TODAY, hour: int = 12) -> datetime:
    return at_clock(day, time(hour), zone=HOUSE_ZONE)


def people(*, bought_cents: int = 600_000, product: str = "cn.card") -> None:
    """Each has a card on which `bought_cents` of April went unpaid past 20 May."""
    accounts = {f"A{ref[1:]}": ref for ref in CAST}
    casebook.enter(
        rows=BookRows(
            customers=[(ref, name, None, None) for ref, name in CAST.items()],
            contact_points=[(ref, "mobile", f"+86154900000{ref[1:]}", None) for ref in CAST],
            accounts=[
                (account, ref, product, "CNY", None, 5_000_000, None) for account, ref in accounts.items()
            ],
            postings=[
                (account, "P1", "purchase", bought_cents, date(2026, 4, 10), None, None)
                for account in accounts
            ],
            statements=[
                (account, *days, None, None, None)
                for account in accounts
                for days in (
                    (date(2026, 4, 30), date(2026, 5, 20)),
                    (date(2026, 5, 31), date(2026, 6, 20)),
                )
            ],
        ),
        now=noon(date(2026, 6, 1)),
    )


def pays(
    cents: int, day: date, *, account: str = "A1", ref: str = "", learned: datetime | None = None
) -> str:
    """Money arrives; `learned` when it was told later."""
    now = learned or noon(day, 20)
    name = ref or f"N:{account}:{day}:{cents}"
    casebook.take_money(notice=MoneyNotice(name, day, cents, "CNY", account), because=None, now=now)
    casebook.match_money(money_ref=name, account_ref=account, by="test", reason=WHY, now=now)
    return f"notice:{name}"


def bounces(ref: str, cents: int, day: date, *, account: str = "A1") -> None:
    """A payment that had come is undone by the bank's book."""
    row = (account, f"{ref}-back", MovementKind.PAYMENT_REVERSAL.value, cents, day, ref, None)
    customer = f"C{account[1:]}"
    casebook.enter(
        rows=BookRows(
            customers=[(customer, CAST[customer], None, None)],
            accounts=[(account, customer, "cn.card", "CNY", None, 5_000_000, None)],
            postings=[row],
        ),
        now=noon(day, 21),
    )


def tell_hold(kind: FactKind, *, account: str = "A1", on: date = TODAY) -> None:
    """We learn in the morning of something about C1 that stops collection, told of one card."""
    casebook.record_fact(
        key=f"{kind}:{account}", kind=kind, customer_ref="C1", account_ref=account,
        happened_at=noon(on, 9), now=noon(on, 9), by="agent", payload={},
    )  # fmt: skip


def offer(
    kind: Kind, key: str = "o1", *, account: str = "A1", who: Who = AGENT, on: date = TODAY, **how
) -> OfferSeen:
    """An offer made at noon. `told`: its surroundings."""
    told = how.pop("told", HARD)
    how.setdefault("pay_days", Monthly(15) if "months" in how else None)
    return actions.offer(
        key=key, account_ref=account, asked=Asked(kind, **how), who=who, now=noon(on), surroundings=told
    )


def accept(seen: OfferSeen, key: str = "a1", *, on: date = TODAY, hour: int = 13, **how) -> AgreementSeen:
    """The customer agrees at one o'clock, on the telephone."""
    usual = {"who": AGENT, "channel": "call", "recording": "tape-1"}
    return actions.accept(key=key, offer_key=seen.key, now=noon(on, hour), **{**usual, **how})


def agreed(kind: Kind = Kind.PERSONAL, key: str = "a1", **how) -> AgreementSeen:
    """Offered and accepted at once."""
    if kind is Kind.PERSONAL:
        how.setdefault("months", 24)
    return accept(offer(kind, f"o-{key}", **how), key, on=how.get("on", TODAY))


def follow(on: date, **how):
    """The day's round at ten."""
    return actions.follow(on=on, now=noon(on, 10), **how)


def follow_until(last: date, first: date = TODAY) -> list:
    """Every day's round up to `last`."""
    reports, day = [], first
    while day <= last:
        reports.append(follow(day, proposes=False))
        day += DAY
    return reports
