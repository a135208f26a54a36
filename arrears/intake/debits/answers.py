"""What the bank says of a file: pain.002 (Payment Status Report), of the whole, a block, or one collection.

Only a rejection changes anything: it is kept once, with the bank's reason, and as a fact of the
customer. What was not collected was never booked, so it is owed as before. Acceptance is no money.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from arrears.intake.debits.collecting import tell
from arrears.intake.debits.types import AnswerTaken, UnableToDebit
from arrears.intake.models import DebitCollection, DebitFile
from arrears.intake.statements.camt import xml_root
from arrears.kernel.trouble import Place

MOST_BYTES = 64 * 1024 * 1024
_ACCEPTED = {"ACTC", "ACCP", "ACSP", "ACSC", "ACWC", "ACCC"}
Element = Any  # lxml has no types of its own here


def take_answer(*, path: Path, now: datetime) -> AnswerTaken:
    """Take a status report; again, or in another order, it changes nothing more.

    Raises UnableToRead for what is none, UnableToDebit for a report of no file of ours.
    """
    at = Place(str(path))
    if path.stat().st_size > MOST_BYTES:
        raise UnableToDebit("is larger than a status report can be", at=at)
    root = xml_root(path.read_bytes(), at)
    report = root.find("{*}CstmrPmtStsRpt")
    if report is None:
        raise UnableToDebit(
            "is no status report (pain.002)", do="Statements: arrears intake statement", at=at
        )
    message = _text(report, "OrgnlGrpInfAndSts/OrgnlMsgId")
    file = DebitFile.objects.filter(name=message).first()
    if file is None:
        raise UnableToDebit(f"answers {message[:40]!r}, which is no file of ours", at=at)
    return _take(file, report, origin=path.name, now=now)


def _take(file: DebitFile, report: Element, *, origin: str, now: datetime) -> AnswerTaken:
    rejected, known, accepted = dict[str, None](), 0, 0
    with transaction.atomic():
        rows = {row.end_to_end: row for row in file.collections.select_for_update().order_by("pk")}
        unknown = []
        for name, status, code in _said(report, rows):
            row = rows.get(name)
            if row is None:
                unknown.append(name)
            elif status in _ACCEPTED:
                accepted += 1
            elif status == "RJCT":
                first = _reject(row, code, origin=origin, now=now)
                known += not first
                if first:
                    rejected[row.account_ref] = None
    return AnswerTaken(file.name, len(rejected), known, accepted, tuple(unknown), tuple(rejected))


def _reject(row: DebitCollection, code: str, *, origin: str, now: datetime) -> bool:
    if row.rejected_at:
        return False
    row.rejected_at, row.code = now, code[:35]
    row.save(update_fields=["rejected_at", "code"])
    return tell(row, state="rejected", by=f"bank:{origin}"[:80], now=now, code=code[:35])


def _said(report: Element, rows: dict[str, DebitCollection]) -> Iterator[tuple[str, str, str]]:
    """(end-to-end name, status, reason) of every collection the report speaks of.

    The narrower word holds: what is named by itself is not counted with its block, nor a block with its file.
    """
    transactions = list(report.iterfind(".//{*}TxInfAndSts"))
    named = {_text(each, "OrgnlEndToEndId") for each in transactions}
    for each in transactions:
        yield _text(each, "OrgnlEndToEndId"), _text(each, "TxSts"), _reason(each)
    blocks = set()
    for block in report.iterfind("{*}OrgnlPmtInfAndSts"):
        name, status = _text(block, "OrgnlPmtInfId"), _text(block, "PmtInfSts")
        if status not in {"", "PART"}:
            blocks.add(name)
            inside = [
                row.end_to_end for row in rows.values() if row.block == name and row.end_to_end not in named
            ]
            yield from ((one, status, _reason(block)) for one in inside)
    group = report.find("{*}OrgnlGrpInfAndSts")
    status = _text(group, "GrpSts")
    if status not in {"", "PART"}:
        rest = [r.end_to_end for r in rows.values() if r.block not in blocks and r.end_to_end not in named]
        yield from ((one, status, _reason(group)) for one in rest)


def _reason(element: Element) -> str:
    return (
        _text(element, "StsRsnInf/Rsn/Cd")
        or _text(element, "StsRsnInf/Rsn/Prtry")
        or _text(element, "StsRsnInf/AddtlInf")
    )


def _text(element: Element, path: str) -> str:
    found = element.find("/".join(f"{{*}}{name}" for name in path.split("/")))
    return (found.text or "").strip() if found is not None else ""
