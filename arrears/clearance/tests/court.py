"""Short ways to put a story to the gate: each answer is the set of rules that refused."""

from datetime import datetime, timedelta
from typing import Any

from arrears.clearance.situations import read_entry

ZONES = {"cn": "Asia/Shanghai", "us": "America/New_York", "uk": "Europe/London", "hk": "Asia/Hong_Kong"}
BOOKS = {"cn": "cn.card_issuer", "us": "us.third_party_collector", "uk": "uk.lender", "hk": "hk.bank"}


def refusing(
    country: str,
    at: str,
    *,
    channel: str = "call",
    facts: dict[str, Any] | None = None,
    history: list[dict[str, Any]] | None = None,
    zone: str | None = None,
    book: str | None = None,
    **proposed: Any,
) -> set[str]:
    """The rules that refuse a contact proposed at `at` (local)."""
    case = read_entry(
        {
            "name": "story",
            "rulebook": book or BOOKS[country],
            "zone": zone or ZONES[country],
            "facts": facts or {},
            "history": history or [],
            "proposed": {"at": at, "channel": channel, **proposed},
            "expect": {"verdict": "cleared"},
        }
    )
    verdict = case.asked.answer()
    assert verdict.cleared == (not verdict.refusals)
    return {refusal.rule_id for refusal in verdict.refusals}


def calls(
    number: int, *, day: str = "2026-06-10", first: int = 9, outcome: str = "no_answer", **how: Any
) -> list[Any]:
    """So many calls on a day, one an hour."""
    return [
        {
            "at": f"{day}T{first + hour:02d}:05",
            "channel": "call",
            "point": "mobile-1",
            "outcome": outcome,
            **how,
        }
        for hour in range(number)
    ]


def daily(number: int, *, first: str = "2026-04-01", outcome: str = "no_answer", **how: Any) -> list[Any]:
    """One call a day at nine, so many days in a row."""
    start = datetime.fromisoformat(f"{first}T09:00")
    return [
        {"at": (start + timedelta(days=day)).isoformat(), "channel": "call", "outcome": outcome, **how}
        for day in range(number)
    ]
