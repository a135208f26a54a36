"""A day's collections as pain.008.001.02 or .08 (ISO 20022, Customer Direct Debit Initiation). Pure.

The tree is built by lxml, never as text, so no name or reference can end an element. Blocks: one for
each currency and sequence type; every sum and count stands in the head and in its block.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast

from lxml import etree

from arrears.intake.debits.configuration import Creditor
from arrears.intake.debits.types import BankAccount, Collection, Version
from arrears.kernel.money import decimal_text, minor_digits

SPACES = {version: f"urn:iso:std:iso:20022:tech:xsd:pain.008.001.{version}" for version in ("02", "08")}
_BIC_IS_CALLED = {"02": "BIC", "08": "BICFI"}
# The set every bank takes (EPC217-08, "SEPA Requirements for an Extended Character Set").
_LATIN = re.compile(r"[A-Za-z0-9/\-?:().,'+ ]+")
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
Element = Any  # lxml has no types of its own here


class NotWritable(ValueError):
    """A text with signs the bank does not take; the message names them."""


def written(text: str, characters: str, *, most: int = 70) -> str:
    """The text as the bank takes it: accents dropped, blanks single. Raises NotWritable for any other sign."""
    if characters == "latin":
        apart = unicodedata.normalize("NFKD", text)
        text = "".join(sign for sign in apart if not unicodedata.combining(sign))
    text = " ".join(text.split())
    wrong = [s for s in text if unicodedata.category(s) in _UNPRINTABLE or _not_latin(s, characters)]
    if wrong or not text:
        raise NotWritable(f"{text[:40]!r} has signs the bank does not take: {''.join(wrong)[:10]!r}")
    return text[:most].strip()


def _not_latin(sign: str, characters: str) -> bool:
    return characters == "latin" and not _LATIN.fullmatch(sign)


def write(
    collections: Sequence[Collection],
    *,
    creditors: Mapping[str, Creditor],
    message: str,
    day: date,
    made_at: datetime,
    version: Version,
) -> tuple[bytes, dict[str, str]]:
    """The file, and the block of each collection by its name.

    day: on which the money is to be collected; message: the file's name, at most 29 signs.
    Raises NotWritable for a name the bank does not take (ask `written` first).
    """
    space = SPACES[version]
    root = etree.Element(f"{{{space}}}Document", nsmap=cast("dict[str, str]", {None: space}))
    body = _put(root, "CstmrDrctDbtInitn")
    head = _put(body, "GrpHdr")
    _put(head, "MsgId", message)
    _put(head, "CreDtTm", made_at.replace(microsecond=0).isoformat())
    _sums(head, collections)
    first = creditors[collections[0].currency]
    _put(head, "InitgPty/Nm", written(first.name, first.characters))
    blocks = sorted({(one.currency, one.sequence) for one in collections})
    names = dict[str, str]()
    for number, (currency, sequence) in enumerate(blocks, start=1):
        of_block = [one for one in collections if (one.currency, one.sequence) == (currency, sequence)]
        _block(body, of_block, creditors[currency], f"{message}-{number}", day, version)
        names |= {one.end_to_end: f"{message}-{number}" for one in of_block}
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True), names


def _block(
    body: Element,
    collections: Sequence[Collection],
    creditor: Creditor,
    name: str,
    day: date,
    version: Version,
) -> None:
    block = _put(body, "PmtInf")
    _put(block, "PmtInfId", name)
    _put(block, "PmtMtd", "DD")
    _sums(block, collections)
    kind = _put(block, "PmtTpInf")
    if creditor.service:
        _put(kind, "SvcLvl/Cd", creditor.service)
    if creditor.instrument:
        _put(kind, "LclInstrm/Cd", creditor.instrument)
    _put(kind, "SeqTp", collections[0].sequence)
    _put(block, "ReqdColltnDt", day.isoformat())
    _put(block, "Cdtr/Nm", written(creditor.name, creditor.characters))
    _account(_put(block, "CdtrAcct"), creditor.account)
    _bank(_put(block, "CdtrAgt"), creditor.account, version)
    _put(block, "ChrgBr", "SLEV")
    scheme = _put(block, "CdtrSchmeId/Id/PrvtId/Othr")
    _put(scheme, "Id", creditor.scheme)
    if creditor.service:
        _put(scheme, "SchmeNm/Prtry", creditor.service)
    for one in collections:
        _collection(block, one, creditor, version)


def _collection(block: Element, one: Collection, creditor: Creditor, version: Version) -> None:
    mandate, text = one.mandate, creditor.text.replace("{account}", one.account_ref)
    assert mandate.account and mandate.signed_date
    entry = _put(block, "DrctDbtTxInf")
    _put(entry, "PmtId/EndToEndId", one.end_to_end)
    amount = _put(entry, "InstdAmt", decimal_text(one.cents, currency=one.currency))
    amount.set("Ccy", one.currency)
    leave = _put(entry, "DrctDbtTx/MndtRltdInf")
    _put(leave, "MndtId", mandate.mandate)
    _put(leave, "DtOfSgntr", mandate.signed_date.isoformat())
    _bank(_put(entry, "DbtrAgt"), mandate.account, version)
    _put(entry, "Dbtr/Nm", written(mandate.debtor_name, creditor.characters))
    _account(_put(entry, "DbtrAcct"), mandate.account)
    _put(entry, "RmtInf/Ustrd", written(text, creditor.characters, most=140))


def _account(parent: Element, account: BankAccount) -> None:
    if account.iban:
        _put(parent, "Id/IBAN", account.iban)
    else:
        _put(parent, "Id/Othr/Id", account.other)


def _bank(parent: Element, account: BankAccount, version: Version) -> None:
    bank = _put(parent, "FinInstnId")
    if account.bic:
        _put(bank, _BIC_IS_CALLED[version], account.bic)
    if account.clearing:
        _put(bank, "ClrSysMmbId/MmbId", account.clearing)
    if not account.bic and not account.clearing:
        _put(bank, "Othr/Id", "NOTPROVIDED")


def _sums(parent: Element, collections: Sequence[Collection]) -> None:
    """Count and control sum: the sum of the amounts as they stand, whatever their currencies."""
    digits = max(minor_digits(one.currency) for one in collections)
    total = sum(one.cents * 10 ** (digits - minor_digits(one.currency)) for one in collections)
    plain = str(total).rjust(digits + 1, "0")
    _put(parent, "NbOfTxs", str(len(collections)))
    _put(parent, "CtrlSum", f"{plain[:-digits]}.{plain[-digits:]}" if digits else plain)


def _put(parent: Element, path: str, text: str | None = None) -> Element:
    """New elements `path` ("Id/Othr/Id") under `parent`; the last one with its text. The last one."""
    element, space = parent, etree.QName(parent).namespace
    for name in path.split("/"):
        element = etree.SubElement(element, f"{{{space}}}{name}")
    element.text = text
    return element
