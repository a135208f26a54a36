"""MT940 as banks really write it: headers, pages, odd line ends, thirtieths of February.

The messages are cut here, because a statement's sum must be known to the cent and to the line;
what stands inside an entry is read by the library `mt940`, which knows the banks' dialects. The
amount of every entry is read both ways, and must come out the same.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import mt940
from mt940.options import Options

from arrears.intake.statements.types import Balance, Entry, Statement
from arrears.kernel.money import NotMoney, minor_digits, parse_cents
from arrears.kernel.words import Words

_TAG = re.compile(r"^:\n?(NS|\d\d[A-Z]?):", re.MULTILINE)
_KNOWN = frozenset("13 13D 20 21 25 25P 28 28C 34F 60 60F 60M 61 62 62F 62M 64 65 86 90C 90D NS".split())
_HEAD = frozenset("13 13D 20 21 25 25P 28 28C 34F".split())  # these stand before the entries
_BALANCE = re.compile(r"([DC])(\d{2})(\d{2})(\d{2})([A-Z]{3})(\d{1,30}(?:,\d*)?|,\d+)", re.IGNORECASE)
_ENTRY = re.compile(
    r"(\d{2})(\d{2})(\d{2})(\d{4}|\s{4})?(R?[DC])([A-Z])?[\n ]?(\d{1,30}(?:,\d*)?|,\d+)(?=[A-Z]|\s|$)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(\d+)(?:/(\d+))?")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff]")
_NAMELESS = frozenset({"", "NONREF", "NOTPROVIDED", "NOREF", "KEINE", "0"})
_RETURNED = frozenset({"108", "109", "159"})  # a direct debit of firms, of people, a credit transfer
SHORTEST_NAME = 5


@dataclass(frozen=True, slots=True)
class _Field:
    tag: str
    text: str
    line: int


def begins(text: str) -> bool:
    """Whether an MT940 statement begins somewhere in the text."""
    return re.search(r"^:20:", _plain(text), re.MULTILINE) is not None


def read(text: str) -> list[Statement]:
    """Every statement: one for each message, that is for each :20:."""
    return [_statement(fields) for fields in _messages(_plain(text))]


def _plain(text: str) -> str:
    lines = re.sub(r"\r\n?", "\n", text).replace("{4::", "{4:\n:")
    return "\n".join(line.rstrip() for line in _CONTROL.sub("", lines).split("\n"))


def _fields(text: str) -> list[_Field]:
    tags = [match for match in _TAG.finditer(text) if match[1] in _KNOWN]
    ends = [match.start() for match in tags[1:]] + [len(text)]
    found, line, counted = list[_Field](), 1, 0
    for match, end in zip(tags, ends, strict=True):
        line, counted = line + text.count("\n", counted, match.start()), match.start()
        found.append(_Field(match[1], _body(text[match.end() : end]), line))
    return found


def _body(text: str) -> str:
    """A field's own lines: the message ends at a dash, and its envelope is no part of it."""
    lines = []
    for line in text.split("\n"):
        if re.fullmatch(r"-(\}.*|XXX)?", line):
            break
        lines.append(line)
    return "\n".join(line for line in lines if line.strip())


def _messages(text: str) -> Iterator[list[_Field]]:
    """The fields of each message. What looks like a field of the head among the entries is a wrapped line."""
    fields, message, in_entries = _fields(text), list[_Field](), False
    for place, field in enumerate(fields):
        follows = fields[place + 1].tag if place + 1 < len(fields) else ""
        if field.tag == "20" and (not in_entries or follows in _HEAD or follows[:2] in {"60", "NS"}):
            if message:
                yield message
            message, in_entries = [field], False
        elif field.tag[:2] == "25" and _is_whole(message) and follows[:2] in {"28", "60"}:
            yield message  # another account under the same reference
            message = [message[0], field]
        elif in_entries and field.tag in _HEAD and message:
            last = message[-1]
            message[-1] = _Field(last.tag, f"{last.text}\n:{field.tag}:{field.text}", last.line)
        elif message:
            message.append(field)
            in_entries = (in_entries or field.tag == "61") and field.tag[:2] != "62"
    if message:
        yield message


def _is_whole(message: list[_Field]) -> bool:
    """Whether its final closing balance has come, and nothing after it but what may stand there."""
    last = next((field.tag for field in reversed(message) if field.tag not in {"64", "65", "86"}), "")
    return last == "62F"


def _statement(fields: list[_Field]) -> Statement:
    found = Statement("MT940", fields[0].line, ident=_first_line(fields[0]))
    pages = _Pages(found)
    for place, field in enumerate(fields):
        kind = field.tag[:2]
        if kind == "25":
            found.account = _first_line(field)
        elif kind == "28":
            _number(found, field)
        elif kind == "60":
            pages.open(_balance(found, field))
        elif kind == "61":
            details = "\n".join(f":86:{one.text}" for one in _details(fields, place + 1))
            pages.add(_entry(found, field, details))
        elif kind == "62":
            pages.close(_balance(found, field))
        elif field.tag == "34F" or kind == "90":
            found.kind = "interim"
    pages.finish()
    return found


def _details(fields: list[_Field], start: int) -> Iterator[_Field]:
    while start < len(fields) and fields[start].tag in {"86", "NS"}:
        yield fields[start]
        start += 1


def _first_line(field: _Field) -> str:
    return field.text.split("\n")[0].strip()


def _number(found: Statement, field: _Field) -> None:
    match = _NUMBER.match(_first_line(field))
    if match:
        found.number, found.page = match[1].lstrip("0"), int(match[2] or 0)


class _Pages:
    """Opening and closing balances as they come: a message may hold several pages, joined by :62M: and :60M:."""

    def __init__(self, found: Statement) -> None:
        self.found = found
        self.opened: Balance | None = None
        self.is_open = False
        self.sum = 0
        self.unreadable = False

    def open(self, balance: Balance | None) -> None:
        found = self.found
        if self.is_open:
            found.cannot("一页没有期末余额就开始了下一页", "a page begins before the one before it is closed")
        if found.closing and balance and balance.cents != found.closing.cents:
            found.cannot("页与页之间的余额不相接", "the balances of two of its pages do not meet")
        found.opening = found.opening or balance
        found.from_date = found.from_date or (balance.day if balance else None)
        found.currency = found.currency or (balance.currency if balance else "")
        self.opened, self.is_open, self.sum = balance, True, 0

    def add(self, entry: Entry | None) -> None:
        if entry is None:
            return
        if not self.is_open:
            self.found.cannot(
                f"第 {entry.line} 行的明细不在期初与期末余额之间",
                f"the entry in line {entry.line} stands outside the balances",
            )
        self.sum += entry.cents
        self.found.entries.append(entry)

    def close(self, balance: Balance | None) -> None:
        found = self.found
        if (
            self.opened
            and balance
            and self.is_open
            and found.closing
            and self.opened.cents + self.sum != balance.cents
        ):
            found.cannot("其中一页不平", "one of its pages does not add up")
        found.closing, self.is_open = balance or found.closing, False
        found.to_date = balance.day if balance else found.to_date

    def finish(self) -> None:
        """Every entry is in the statement's currency, which only its balances name."""
        if self.is_open and self.found.closing:
            self.found.cannot("最后一页没有期末余额", "its last page has no closing balance")


def _balance(found: Statement, field: _Field) -> Balance | None:
    said = _first_line(field)
    match = _BALANCE.fullmatch(said)
    if not match:
        found.cannot(
            f"第 {field.line} 行的余额读不懂：{said!r}",
            f"the balance in line {field.line} cannot be read: {said!r}",
        )
        return None
    mark, year, month, day, currency, amount = match.groups()
    cents = _cents(found, field.line, amount, currency.upper())
    if cents is None:
        return None
    return Balance(
        cents if mark.upper() == "C" else -cents, currency.upper(), _day(int(year), int(month), int(day))
    )


def _cents(found: Statement, line: int, amount: str, currency: str) -> int | None:
    try:
        return parse_cents(
            (amount if amount[0] != "," else f"0{amount}").replace(",", "."), currency=currency
        )
    except NotMoney as trouble:
        found.cannot(f"第 {line} 行的金额不可用：{amount}（{currency}）", f"line {line}: {trouble}")
        return None


def _day(year: int, month: int, day: int) -> date | None:
    """The day meant; banks that count thirty days a month write the thirtieth of February."""
    if not 1 <= month <= 12 or not 1 <= day <= 31:
        return None
    full = year + (1900 if year >= 80 else 2000)
    return date(full, month, min(day, monthrange(full, month)[1]))


def _entry(found: Statement, field: _Field, details: str) -> Entry | None:
    match = _ENTRY.match(field.text)
    if not match:
        said = _first_line(field)
        found.cannot(
            f"第 {field.line} 行的明细读不懂：{said!r}",
            f"the entry in line {field.line} cannot be read: {said!r}",
        )
        return None
    year, month, day, booked, mark, _funds, amount = match.groups()
    valued, cents = _day(int(year), int(month), int(day)), _cents(found, field.line, amount, found.currency)
    if valued is None or cents is None:
        if valued is None:
            found.cannot(
                f"第 {field.line} 行的日期不存在", f"line {field.line} names a day that does not exist"
            )
        return None
    signed = cents if mark.upper() in {"C", "RD"} else -cents
    read = _said(found, field, details, signed)
    return Entry(
        line=field.line,
        cents=signed,
        currency=found.currency,
        booked_date=_booked(valued, booked or ""),
        value_date=valued,
        undoes=mark.upper().startswith("R") or _is_a_return(read),
        bank_ref=_named(read.get("bank_reference")),
        names=_names(read),
        payer_name=_one_line(read.get("applicant_name"))[:200],
        payer_account=_one_line(read.get("applicant_iban"))[:64],
        text=_text(read, details)[:1000],
        return_reason=_one_line(read.get("return_debit_notes"))[:200],
    )


def _is_a_return(read: dict[str, Any]) -> bool:
    """By SWIFT's type of transaction (RTI, returned item) or the German code of business (DTAUS, SEPA returns)."""
    return str(read.get("id", "")).upper() == "NRTI" or read.get("transaction_code") in _RETURNED


def _booked(valued: date, month_day: str) -> date:
    """The entry's own day, in the year nearest to its value date."""
    if not month_day.strip():
        return valued
    near = [_day(valued.year % 100 + step, int(month_day[:2]), int(month_day[2:])) for step in (-1, 0, 1)]
    days = [day for day in near if day]
    return min(days, key=lambda day: abs((day - valued).days)) if days else valued


def _said(found: Statement, field: _Field, details: str, signed: int) -> dict[str, Any]:
    """What the library reads in the entry; it must read the same amount."""
    reader = mt940.models.Transactions(options=Options.all())
    try:
        (read,) = reader.parse(f":61:{field.text}\n{details}")
    except (RuntimeError, ValueError, TypeError, LookupError, AttributeError) as trouble:
        found.notes.append(_not_understood(field.line, trouble))
        return {}
    amount = read.data["amount"].amount
    if amount != Decimal(signed).scaleb(-minor_digits(found.currency)):
        found.cannot(
            f"第 {field.line} 行的金额有两种读法", f"the amount in line {field.line} can be read in two ways"
        )
    return dict(read.data)


def _not_understood(line: int, trouble: Exception) -> Words:
    said = str(trouble).split("\n")[0][:80]
    return Words(
        zh=f"第 {line} 行的附言未能拆分", en=f"the details in line {line} are kept as they are ({said})"
    )


def _one_line(value: object) -> str:
    return " ".join(str(value).split()) if value else ""


def _named(value: object) -> str:
    text = _one_line(value)
    return "" if text.upper() in _NAMELESS else text[:120]


def _names(said: dict[str, Any]) -> tuple[str, ...]:
    keys = ("bank_reference", "end_to_end_reference", "customer_reference")
    named = (_named(said.get(key)) for key in keys)
    return tuple(dict.fromkeys(name for name in named if len(name) >= SHORTEST_NAME))


def _text(said: dict[str, Any], details: str) -> str:
    read = [
        said.get("purpose"),
        said.get("additional_purpose"),
        said.get("end_to_end_reference"),
        said.get("customer_reference"),
    ]
    words = [_one_line(each) for each in (*read, said.get("extra_details"))]
    raw = " ".join(details.replace(":86:", " ").split())
    return " ".join(dict.fromkeys(word for word in (*words, raw) if word))
