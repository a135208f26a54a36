"""Reading rounds."""

from datetime import date

from arrears.casebook import queries as casebook
from arrears.casebook.types import AccountHistory
from arrears.daily import report
from arrears.daily.models import Finding, Round
from arrears.daily.types import RoundReport
from arrears.kernel.trouble import Trouble
from arrears.kernel.words import Words
from arrears.portfolio import queries as portfolio


def history_of(account_ref: str) -> AccountHistory:
    """One account's history: the casebook's, else the card book's. Raises Trouble for an unknown one."""
    history = casebook.history_of(account_ref) or portfolio.history_of(account_ref)
    if history is None:
        raise Trouble(f"no account {account_ref}", do="Is it written as the bank writes it?")
    return history


def latest_round() -> RoundReport | None:
    """The latest round's report."""
    held = Round.objects.order_by("-on_date").first()
    return report.read(held) if held else None


def round_of(day: date) -> RoundReport | None:
    """The report of one day's round."""
    held = Round.objects.filter(on_date=day).first()
    return report.read(held) if held else None


def round_days(limit: int = 90) -> list[date]:
    """Days on which rounds were held, latest first."""
    return list(Round.objects.order_by("-on_date").values_list("on_date", flat=True)[:limit])


def house_day(today: date) -> date:
    """The day the house lives in: the latest round's, or today before the first."""
    latest = Round.objects.order_by("-on_date").values_list("on_date", flat=True).first()
    return latest or today


def findings_of(account_ref: str) -> list[tuple[date, Words]]:
    """Numbers that disagree on an account: since when, and what."""
    rows = Finding.objects.filter(account__ref=account_ref).order_by("first_seen_date", "pk")
    return [(row.first_seen_date, Words(zh=row.zh, en=row.en)) for row in rows]
