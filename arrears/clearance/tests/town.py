"""A few of the cast with an account each, and ways to ask the gate about them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from arrears.casebook.actions import enter, record_fact
from arrears.casebook.types import BookRows, FactKind
from arrears.clearance import actions
from arrears.clearance.types import Asking, Clearance, Proposal

BOOK = "cn.card_issuer"
DAY = date(2026, 6, 10)
NOON = datetime(2026, 6, 10, 4, tzinfo=UTC)  # 12:00 in Shanghai
HOUR = timedelta(hours=1)
CAST = {
    "C1": ("王小明", "Asia/Shanghai"),
    "C2": ("李静", "Asia/Shanghai"),
    "C3": ("赵强", "Asia/Shanghai"),
    "C5": ("孙丽", "Asia/Shanghai"),
    "C6": ("周涛", "America/New_York"),
}


def people() -> None:
    """The cast move in."""
    enter(
        rows=BookRows(
            customers=[(ref, name, None, zone) for ref, (name, zone) in CAST.items()],
            accounts=[
                (f"{part}{ref[1:]}", ref, "cn.card", "CNY", None, None, None) for ref in CAST for part in "AB"
            ],
        ),
        now=NOON,
    )


def happened(kind: FactKind, customer: str = "C1", *, at: datetime = NOON - HOUR, **how: Any) -> str:
    """A fact on the case; its key."""
    account = how.pop("account", None)
    key = f"{kind}:{customer}:{account}:{at.isoformat()}"
    record_fact(
        key=key,
        kind=kind,
        customer_ref=customer,
        happened_at=at,
        now=at,
        by="test",
        account_ref=account,
        payload=how,
    )
    return key


def asking(key: str = "p1", customer: str = "C1", *, at: datetime = NOON, **different: Any) -> Asking:
    """An SMS to the customer about their account A."""
    about = {k: different.pop(k) for k in ("account_ref", "valid_for", "override") if k in different}
    proposal = Proposal(**{"at": at, "channel": "sms", "point": "mobile-1", **different})
    return Asking(key, customer, proposal, **{"account_ref": f"A{customer[1:]}", **about})


def ask(
    key: str = "p1", customer: str = "C1", *, book: str = BOOK, now: datetime | None = None, **how: Any
) -> Clearance:
    """Ask for the record."""
    question = asking(key, customer, **how)
    return actions.ask(asking=question, book=book, now=now or question.proposal.at)


def rules(clearance: Clearance) -> set[str]:
    """Which rules refused."""
    return {refusal.rule_id for refusal in clearance.refusals}
