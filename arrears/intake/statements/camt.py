"""camt.053 and camt.054 in every version, read with lxml: no entity is expanded, nothing is fetched.

ISO 20022, "Bank-to-Customer Cash Management". camt.052 is read too, and never booked: what it tells
is not final, and the day's statement tells it again.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from lxml import etree

from arrears.intake.lines import UnableToRead
from arrears.intake.statements.types import Balance, Entry, Statement
from arrears.kernel.money import NotMoney, parse_cents
from arrears.kernel.trouble import Place
from arrears.kernel.words import Words

Element = Any  # lxml has no types of its own here

_SPACE = re.compile(r"urn:(?:iso:std:iso:20022:tech|swift):xsd:.*?(camt\.05[234]\.001\.\d\d)")
_KINDS = {"Stmt": "statement", "Ntfctn": "advice", "Rpt": "interim"}
_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
_NAMELESS = frozenset({"", "NOTPROVIDED", "NONREF", "NOTAVAILABLE"})
SHORTEST_NAME = 5
_OPENING, _CLOSING, _INTERIM = ("OPBD", "PRCD"), "CLBD", "ITBD"


def read(data: bytes, *, at: Place) -> list[Statement]:
    """Every statement, advice or report of the file. Raises UnableToRead."""
    root = xml_root(data, at)
    found = [_statement(element) for element in root.iter() if _kind(element)]
    if not found:
        raise UnableToRead(f"is XML, but holds no bank statement ({_seems(root)})", do=_DO, at=at)
    return found


_DO = "camt.053 and camt.054 of every version are read."


def xml_root(data: bytes, at: Place) -> Element:
    """The root of a bank's XML, nothing expanded, nothing fetched. Raises UnableToRead."""
    if re.search(rb"<!\s*(DOCTYPE|ENTITY)", data[:4096].replace(b"\x00", b""), re.IGNORECASE):
        what = (
            "a web page" if re.search(rb"(?i)<html|doctype html", data[:4096]) else "XML with a document type"
        )
        raise UnableToRead(f"is {what}; a bank statement has none", do="Fetch it from the bank again.", at=at)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_pis=True,
        remove_comments=True,
    )
    try:
        root = etree.fromstring(data.lstrip(b" \t\r\n"), parser)  # blank lines before it are the mail's
    except etree.XMLSyntaxError as trouble:
        line, column = trouble.position
        place = Place(at.file, line, column)
        raise UnableToRead(
            f"is XML that breaks off or is wrong: {trouble.msg}", do="Fetch it from the bank again.", at=place
        ) from trouble
    except ValueError as trouble:
        raise UnableToRead(f"is XML that cannot be read: {trouble}", at=at) from trouble
    if getattr(root.getroottree().docinfo, "doctype", ""):
        raise UnableToRead("is XML with a document type; a bank statement has none", at=at)
    return root


def _seems(root: Element) -> str:
    name = etree.QName(root)
    if name.localname.lower() == "html":
        return "a web page, perhaps the bank's sign-in"
    inside = [etree.QName(child).localname for child in root][:3]
    return f"{name.localname} {name.namespace or ''} {', '.join(inside)}".strip()


def _kind(element: Element) -> str | None:
    if not isinstance(element.tag, str):
        return None
    name = etree.QName(element)
    return _KINDS.get(name.localname) if _SPACE.fullmatch(name.namespace or "") else None


def _at(element: Element | None, path: str) -> Element | None:
    for step in path.split("/"):
        if element is None:
            return None
        element = next(_all(element, step), None)
    return element


def _all(element: Element | None, name: str) -> Iterator[Element]:
    if element is not None:
        yield from (
            child for child in element if isinstance(child.tag, str) and etree.QName(child).localname == name
        )


def _text(element: Element | None, *paths: str) -> str:
    """The first of these that says something."""
    for path in paths:
        found = _at(element, path)
        if found is not None and (found.text or "").strip():
            return " ".join(str(found.text).split())
    return ""


def _day(element: Element | None) -> date | None:
    """The day of a date or of a date with its time, as the bank writes it."""
    said = _text(element, "Dt", "DtTm")
    try:
        return date.fromisoformat(said[:10])
    except ValueError:
        return None


def _statement(element: Element) -> Statement:
    name = etree.QName(element)
    match = _SPACE.fullmatch(name.namespace or "")
    found = Statement(match[1] if match else "camt", element.sourceline or 0, kind=_KINDS[name.localname])
    found.ident = _text(element, "Id")
    found.account = _text(element, "Acct/Id/IBAN", "Acct/Id/Othr/Id", "Acct/Id/PrtryAcct/Id", "Acct/Id/BBAN")
    found.number = _text(element, "ElctrncSeqNb", "LglSeqNb").lstrip("0")
    page = _text(element, "StmtPgntn/PgNb", "NtfctnPgntn/PgNb")
    found.page = int(page) if page.isdigit() else 0
    found.currency = _text(element, "Acct/Ccy")
    found.from_date, found.to_date = (_period(element, end) for end in ("FrDtTm", "ToDtTm"))
    _balances(found, element)
    found.currency = found.currency or _first_currency(element)
    for entry in _all(element, "Ntry"):
        found.entries += _entries(found, entry)
    found.told_credits_cents = _told(found, element, "TtlCdtNtries")
    found.told_debits_cents = _told(found, element, "TtlDbtNtries")
    return found


def _period(element: Element, end: str) -> date | None:
    said = _text(element, f"FrToDt/{end}")
    try:
        return date.fromisoformat(said[:10])
    except ValueError:
        return None


def _first_currency(element: Element) -> str:
    amounts = (_at(entry, "Amt") for entry in _all(element, "Ntry"))
    return next((amount.get("Ccy", "") for amount in amounts if amount is not None), "")


def _told(found: Statement, element: Element, what: str) -> int | None:
    said = _text(element, f"TxsSummry/{what}/Sum")
    return _cents(found, element.sourceline, said, found.currency) if said and found.currency else None


def _cents(found: Statement, line: int, said: str, currency: str) -> int | None:
    try:
        if not _DECIMAL.fullmatch(said) or not re.fullmatch("[A-Z]{3}", currency):
            raise NotMoney(f"{said!r} {currency} is not an amount")
        return parse_cents(f"0{said}" if said.startswith(".") else said, currency=currency)
    except NotMoney as trouble:
        found.cannot(f"第 {line} 行的金额不可用：{said} {currency}", f"line {line}: {trouble}")
        return None


def _signed(found: Statement, element: Element, amount: Element | None = None) -> tuple[int, str] | None:
    """Cents with their sign, and the currency; None where it cannot be said."""
    amount = _at(element, "Amt") if amount is None else amount
    side, line = _text(element, "CdtDbtInd"), element.sourceline or 0
    if amount is None or side not in {"CRDT", "DBIT"}:
        found.cannot(
            f"第 {line} 行没有金额或借贷方向", f"line {line} has no amount, or does not say debit or credit"
        )
        return None
    currency = amount.get("Ccy", "")
    cents = _cents(found, line, (amount.text or "").strip(), currency)
    if cents is None:
        return None
    return (cents if side == "CRDT" else -cents), currency


def _balances(found: Statement, element: Element) -> None:
    told: dict[str, list[Balance]] = {}
    for balance in _all(element, "Bal"):
        kind = _text(balance, "Tp/CdOrPrtry/Cd", "Tp/Cd", "Tp/CdOrPrtry/Prtry")
        if kind not in {*_OPENING, _CLOSING, _INTERIM}:
            continue  # available and expected balances say what may be spent, not what is booked
        signed = _signed(found, balance)
        if signed:
            told.setdefault(kind, []).append(Balance(*signed, _day(_at(balance, "Dt"))))
    interim = told.get(_INTERIM, [])
    opened, closed = _days_joined(told.get("OPBD", []), told.get(_CLOSING, []))
    found.opening = (
        _one(found, opened) or _one(found, told.get("PRCD", [])) or (interim[0] if interim else None)
    )
    later = [balance for balance in interim if balance is not found.opening]
    found.closing = _one(found, closed) or (later[-1] if later else None)
    if found.opening:
        found.currency = found.currency or found.opening.currency
        found.from_date = found.from_date or found.opening.day
    if found.closing:
        found.to_date = found.to_date or found.closing.day


def _days_joined(opened: list[Balance], closed: list[Balance]) -> tuple[list[Balance], list[Balance]]:
    """The first opening and the last closing, where a statement tells both for each of several days.

    Only where every day opens with what the one before it closed with; else all of them, to be refused.
    """
    first, last = (sorted(each, key=lambda balance: balance.day or date.min) for each in (opened, closed))
    pairs = list(zip(last, first[1:], strict=False))
    meet = all((was.cents, was.currency) == (now.cents, now.currency) for was, now in pairs)
    days = {balance.day for balance in first}
    if len(first) < 2 or len(first) != len(last) or len(days) != len(first) or None in days or not meet:
        return opened, closed
    return first[:1], last[-1:]


def _one(found: Statement, balances: list[Balance]) -> Balance | None:
    if len({(balance.cents, balance.currency) for balance in balances}) > 1:
        found.cannot("同一种余额出现了不同的金额", "one kind of balance is given with different amounts")
    return balances[0] if balances else None


def _entries(found: Statement, element: Element) -> list[Entry]:
    """The entry; or, of a batch whose transactions add up to it, each transaction."""
    signed, line = _signed(found, element), element.sourceline or 0
    if signed is None:
        return []
    cents, currency = signed
    booked_date = (
        _day(_at(element, "BookgDt")) or _day(_at(element, "ValDt")) or found.to_date or found.from_date
    ) or _made_on(element)
    if booked_date is None:
        found.cannot(f"第 {line} 行没有入账日", f"the entry in line {line} has no day")
        return []
    if not 1970 <= booked_date.year <= 2099:
        found.cannot(
            f"第 {line} 行的入账日不可信：{booked_date}", f"line {line} is of {booked_date}: no bank's day"
        )
    details = [detail for batch in _all(element, "NtryDtls") for detail in _all(batch, "TxDtls")]
    parts = _parts(found, element, details, cents, currency)
    return [
        _entry(element, detail, part, currency, booked_date, alone=len(parts) == 1) for detail, part in parts
    ]


def _made_on(entry: Element) -> date | None:
    """The day the bank made the statement: for entries without any day, in a statement without one."""
    try:
        return date.fromisoformat(_text(entry.getparent(), "CreDtTm")[:10])
    except ValueError:
        return None


def _parts(
    found: Statement, element: Element, details: list[Element], cents: int, currency: str
) -> list[tuple[Element | None, int]]:
    """Each transaction with its share; the entry as a whole where the shares do not make it up."""
    if len(details) < 2:
        return [(details[0] if details else None, cents)]
    shares = [_share(found, detail, cents, currency) for detail in details]
    known = [share for share in shares if share is not None]
    if len(known) == len(details) and sum(known) == cents and all(known):
        return list(zip(details, known, strict=True))
    facts = {"line": element.sourceline or 0, "count": len(details), "sum": sum(known), "entry": cents}
    found.notes.append(_NOT_THE_SUM.filled(**facts))
    return [(None, cents)]


_NOT_THE_SUM = Words(
    zh="第 {line} 行的批量入账：{count} 笔明细合计 {sum}，入账 {entry}（最小货币单位），按一笔保留",
    en="line {line}: the {count} transactions of the batch come to {sum}, the entry to {entry} (minor units); "
    "it is kept as one sum",
)


def _share(found: Statement, detail: Element, cents: int, currency: str) -> int | None:
    amount = next(
        (
            a
            for path in ("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt")
            if (a := _at(detail, path)) is not None
        ),
        None,
    )
    if amount is None or amount.get("Ccy") != currency:
        return None
    share = _cents(found, detail.sourceline or 0, (amount.text or "").strip(), currency)
    side = _text(detail, "CdtDbtInd")
    if share is None or not side:
        return share if share is None or cents > 0 else -share
    return share if side == "CRDT" else -share


def _entry(
    element: Element, detail: Element | None, cents: int, currency: str, day: date, *, alone: bool
) -> Entry:
    refs = _at(detail, "Refs")
    own = _text(refs, "AcctSvcrRef")
    bank_ref = own or (_text(element, "AcctSvcrRef") if alone else "")
    named = [bank_ref, *(_text(refs, name) for name in ("EndToEndId", "TxId", "UETR", "ClrSysRef"))]
    party, account = ("Dbtr", "DbtrAcct") if cents > 0 else ("Cdtr", "CdtrAcct")
    parties = _at(detail, "RltdPties")
    return Entry(
        line=element.sourceline or 0,
        cents=cents,
        currency=currency,
        booked_date=day,
        value_date=_day(_at(element, "ValDt")),
        booked=(_text(element, "Sts/Cd", "Sts") or "BOOK") == "BOOK",
        undoes=_text(element, "RvslInd") in {"true", "1"},
        bank_ref="" if bank_ref.upper() in _NAMELESS else bank_ref[:120],
        names=tuple(
            dict.fromkeys(n[:120] for n in named if n.upper() not in _NAMELESS and len(n) >= SHORTEST_NAME)
        ),
        payer_name=_text(
            parties, f"{party}/Nm", f"{party}/Pty/Nm", f"Ultmt{party}/Nm", f"Ultmt{party}/Pty/Nm"
        )[:200],
        payer_account=_text(parties, f"{account}/Id/IBAN", f"{account}/Id/Othr/Id", f"{account}/Id/BBAN")[
            :64
        ],
        text=_words(element, detail, named)[:1000],
        return_reason=_text(detail, "RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry", "RtrInf/AddtlInf")[:200],
    )


def _words(element: Element, detail: Element | None, named: list[str]) -> str:
    remittance = _at(detail, "RmtInf")
    structured = [_text(each, "CdtrRefInf/Ref", "CdtrRefInf/CdtrRef") for each in _all(remittance, "Strd")]
    free = [" ".join((each.text or "").split()) for each in _all(remittance, "Ustrd")]
    more = [_text(detail, "AddtlTxInf"), _text(element, "AddtlNtryInf")]
    for batch in (_at(element, "NtryDtls/Btch"), _at(detail, "Refs")):  # our own file, where it is a debit's
        more += [_text(batch, "PmtInfId"), _text(batch, "MsgId")]
    said = [word for word in (*structured, *free, *named, *more) if word and word.upper() not in _NAMELESS]
    return " ".join(dict.fromkeys(said))
