"""One cell's text becomes a value, or a `Wrong`. Pure; the text comes trimmed, "" is empty.

Every reader takes the text and the text beside it that gives it meaning (an amount its
currency, a contact point its kind); readers that need nothing beside them ignore it.
"""

import difflib
import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from zoneinfo import available_timezones

import pyarrow as pa
import pyarrow.compute as pc

from arrears.intake.reasons import Wrong, wrong
from arrears.kernel.money import CURRENCIES, MOST_CENTS, NotMoney, decimal_text, parse_cents

Value = str | int | date | None
MOST_NAMED = 14  # in a reason: of more words the nearest are named
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)


@dataclass(frozen=True, slots=True)
class Reader:
    """What a cell may say: `read` says it exactly, one text at a time.

    in_bulk: the values of a whole column where every text is of the usual plain kind, else
    None; it must never say anything else than `read` does (a test compares them).
    """

    read: Callable[[str, str], Value | Wrong]
    type: pa.DataType
    in_bulk: Callable[[pa.Array], pa.Array | None] = lambda _: None


_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,15}", re.ASCII)
_SCIENTIFIC = re.compile(r"\d(\.\d+)?[eE]\+\d+", re.ASCII)
_SIGNED_NUMBER = re.compile(r"[+-]\d[\d ,().-]*", re.ASCII)
_JOINERS = "\u200c\u200d"  # needed by some scripts, harmless in names


def ref(most: int) -> Reader:
    """An identifier: kept exactly as it is written, so it must be written sanely."""

    def read(text: str, _: str) -> Value | Wrong:
        if _SCIENTIFIC.fullmatch(text):
            return wrong("rounded_id")
        problem = _unfit(text, most)
        if problem is None and any(character.isspace() for character in text):
            return wrong("space_in_id")
        return problem or text

    return Reader(read, pa.string(), _as_they_are(r"^[0-9A-Za-z][0-9A-Za-z_./:#-]*$", most))


def text(most: int) -> Reader:
    """Words for people; a line break inside becomes a space."""

    def read(cell: str, _: str) -> Value | Wrong:
        one_line = re.sub(r"[\r\n\t]+ *", " ", cell)
        return _unfit(one_line, most) or one_line

    plain = r"^[\p{L}\p{N}](?:[\p{L}\p{N} .,·'()（）-]*[\p{L}\p{N}.)）])?$"
    return Reader(read, pa.string(), _as_they_are(plain, most))


def _as_they_are(plain: str, most: int) -> Callable[[pa.Array], pa.Array | None]:
    """Columns where every text fits this RE2 expression stand as they are."""

    def in_bulk(texts: pa.Array) -> pa.Array | None:
        fits = pc.all(pc.match_substring_regex(texts, plain)).as_py()
        return texts if fits and pc.max(pc.utf8_length(texts)).as_py() <= most else None

    return in_bulk


def _unfit(cell: str, most: int) -> Wrong | None:
    if len(cell) > most:
        return wrong("too_long", found=len(cell), most=most)
    if "\ufffd" in cell:
        return wrong("damaged_text")
    if not cell.isprintable():
        for character in cell:
            if _is_invisible(character):
                return wrong("control_character", character=f"U+{ord(character):04X}")
    return wrong("formula") if _looks_like_formula(cell) else None


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp", "Cs"} and character not in _JOINERS


def _looks_like_formula(cell: str) -> bool:
    """Spreadsheets also run formulas behind full-width signs."""
    first = unicodedata.normalize("NFKC", cell[:1])
    return first in {"=", "@"} or (first in {"+", "-"} and not _SIGNED_NUMBER.fullmatch(cell))


def amount(*, least: int | None = None) -> Reader:
    """An amount in main units ("1,234.50"), kept as minor units of the currency beside it (default: two digits).

    least: None any, 0 not negative, 1 more than nothing.
    """

    def read(cell: str, currency: str) -> Value | Wrong:
        try:
            cents = parse_cents(cell, currency=currency)
        except NotMoney:
            return _why_no_amount(cell, currency)
        if least is not None and cents < 0:
            return wrong("negative")
        return wrong("zero") if least == 1 and not cents else cents

    def in_bulk(texts: pa.Array) -> pa.Array | None:
        if not pc.all(pc.match_substring_regex(texts, r"^[0-9]{1,13}\.[0-9]{2}$")).as_py():
            return None
        cents = pc.replace_substring(texts, ".", "").cast(pa.int64())
        return cents if least != 1 or pc.min(cents).as_py() > 0 else None

    return Reader(read, pa.int64(), in_bulk)


def _why_no_amount(cell: str, currency: str) -> Wrong:
    if _looks_like_formula(cell):
        return wrong("formula")
    number = re.fullmatch(r"[+-]?(\d[\d,]*)(\.\d*)?", cell, re.ASCII)
    if not number:
        return wrong("not_amount")
    if len(number[1].replace(",", "")) > len(str(MOST_CENTS)):
        return wrong("too_large")
    try:
        parse_cents(number[1], currency=currency)
    except NotMoney as problem:
        return wrong("too_large") if "larger" in str(problem) else wrong("not_amount")
    beyond_cents = (number[2] or "").rstrip("0")
    return wrong("fraction", currency=currency or "CNY") if beyond_cents else wrong("too_large")


def minor_units(cell: str, currency: str) -> str | Wrong:
    """A whole number of minor units ("12345" 分) as main units ("123.45")."""
    if not _WHOLE.fullmatch(cell):
        return wrong("not_amount")
    return decimal_text(int(cell), currency=currency)


def count(*, least: int, most: int, kind: pa.DataType) -> Reader:
    """A whole number in bounds."""

    def read(cell: str, _: str) -> Value | Wrong:
        if not _WHOLE.fullmatch(cell):
            return wrong("formula") if _looks_like_formula(cell) else wrong("not_number")
        return int(cell) if least <= int(cell) <= most else wrong("out_of_range", least=least, most=most)

    return Reader(read, kind)


def day() -> Reader:
    """A day, as 2026-11-02."""

    def read(cell: str, _: str) -> Value | Wrong:
        if not _ISO_DAY.fullmatch(cell):
            return wrong("formula") if _looks_like_formula(cell) else wrong("not_date", form="YYYY-MM-DD")
        try:
            found = date.fromisoformat(cell)
        except ValueError:
            return wrong("impossible_date")
        likely = FIRST_DAY <= found <= LAST_DAY
        return found if likely else wrong("unlikely_date", first=FIRST_DAY, last=LAST_DAY)

    return Reader(read, pa.date32())


def one_of(known: frozenset[str], otherwise: str) -> Reader:
    """One of a few words; `otherwise` is the reason's code."""

    def read(cell: str, _: str) -> Value | Wrong:
        if cell in known:
            return cell
        near = difflib.get_close_matches(cell, known, n=6, cutoff=0.3) if len(known) > MOST_NAMED else known
        return _unfit(cell, 64) or wrong(otherwise, known=", ".join(sorted(near or known)[:MOST_NAMED]))

    return Reader(read, pa.string())


def currency() -> Reader:
    """An ISO 4217 code."""

    def read(cell: str, _: str) -> Value | Wrong:
        return cell if cell in CURRENCIES else _unfit(cell, 64) or wrong("unknown_currency")

    return Reader(read, pa.string())


def zone() -> Reader:
    """An IANA time zone: a wrong one would mean calls at night."""

    def read(cell: str, _: str) -> Value | Wrong:
        return cell if cell in _zones() else wrong("unknown_zone")

    return Reader(read, pa.string())


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def language() -> Reader:
    """A language code, kept in lower case: zh-hans, en."""

    def read(cell: str, _: str) -> Value | Wrong:
        plain = cell.lower().replace("_", "-")
        fits = re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{2,8})?", plain)
        return plain if fits else wrong("not_language")

    return Reader(read, pa.string())


def terms() -> Reader:
    """Overrides of single card terms: a JSON object of texts or numbers."""

    def read(cell: str, _: str) -> Value | Wrong:
        try:
            found = json.loads(cell, parse_float=str, parse_int=str)
        except (ValueError, RecursionError):
            return wrong("formula") if _looks_like_formula(cell) else wrong("not_terms")
        if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
            return wrong("not_terms")
        return _unfit(cell, 2000) or json.dumps(found, ensure_ascii=False, sort_keys=True)

    return Reader(read, pa.string())


def point() -> Reader:
    """A way to reach somebody; the kind stands beside it. Mobile numbers become E.164."""

    def read(cell: str, kind: str) -> Value | Wrong:
        if kind == "mobile":
            return _mobile(cell)
        problem = _unfit(re.sub(r"[\r\n\t]+ *", " ", cell), 320)
        if problem or kind != "email":
            return problem or re.sub(r"[\r\n\t]+ *", " ", cell)
        return cell if _is_email(cell) else wrong("not_email")

    return Reader(read, pa.string())


def _mobile(cell: str) -> Value | Wrong:
    if len(cell) > 64:
        return wrong("too_long", found=len(cell), most=64)
    plain = re.sub(r"[ ().-]", "", unicodedata.normalize("NFKC", cell))
    if plain.startswith("00"):
        plain = "+" + plain[2:]
    chinese = re.fullmatch(r"(?:\+?86)?(1[3-9]\d{9})", plain, re.ASCII)
    if chinese:
        return "+86" + chinese[1]
    if re.fullmatch(r"\+(?!86)[1-9]\d{6,14}", plain, re.ASCII):
        return plain
    return wrong("formula") if _looks_like_formula(cell) else wrong("not_phone")


_EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}"
)


def _is_email(cell: str) -> bool:
    local = cell.partition("@")[0]
    fits = len(cell) <= 254 and _EMAIL.fullmatch(cell) and ".." not in local
    return bool(fits) and not local.startswith(".") and not local.endswith(".")
