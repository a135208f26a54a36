"""A town for letters: the cast with their points, a mail server of our own, a rehearsal's noon."""

import socket
from collections.abc import Collection
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from arrears.casebook.actions import enter
from arrears.casebook.types import BookRows
from arrears.contact import actions
from arrears.contact.types import Planned, SendReport, Wording

NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)  # 12:00 in Shanghai
MORNING, EVENING = NOON.replace(hour=0), NOON.replace(hour=14)  # 8:00 and 22:00 in Shanghai

CAST = {"C1": "王小明", "C2": "李静", "C7": "吴刚"}


def people() -> None:
    """Three customers with an account each."""
    enter(
        rows=BookRows(
            customers=[(ref, name, None, None) for ref, name in CAST.items()],
            accounts=[(f"A{ref[1:]}", ref, "cn.card", "CNY", None, None, None) for ref in CAST],
        ),
        now=NOON,
    )


def planned(key: str = "m1", **different: object) -> Planned:
    """A reminder to Wang Xiaoming by e-mail, cleared from 8:00 to 22:00."""
    usual: dict = {
        "key": key,
        "clearance_key": f"clearance:{key}",
        "customer_ref": "C1",
        "account_ref": "A1",
        "channel": "email",
        "point": "wang@example.com",
        "template": "reminder_late",
        "language": "zh-hans",
        "wording": Wording("还款提醒", "您好\n"),
        "not_before": MORNING,
        "not_after": EVENING,
        "planned_on": date(2026, 11, 21),
    }
    return Planned(**{**usual, **different})


def all_clear(clearance_keys: Collection[str], /, *, at: datetime) -> Collection[str]:
    """Nothing has happened since."""
    return clearance_keys


def send(*, now: datetime = NOON, wall_now: datetime | None = None, **different: object) -> SendReport:
    """Send what waits, everything still being clear."""
    usual: dict = {"now": now, "wall_now": wall_now or now, "still_clear": all_clear}
    return actions.send_waiting(**{**usual, **different})


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Post:
    """What arrived at the mail server."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port

    def letters(self) -> list[EmailMessage]:
        files = sorted(self.folder.glob("*.eml"))
        return [message_from_bytes(file.read_bytes(), policy=default) for file in files]  # type: ignore[misc]
