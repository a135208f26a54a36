"""What a direct debit is made of. Amounts in minor units of their currency."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from pydantic import field_validator, model_validator

from arrears.kernel.trouble import Trouble
from arrears.kernel.words import Words
from arrears.rulebook.documents import Document

Sequence_ = Literal["FRST", "RCUR"]
Version = Literal["02", "08"]
NAME = re.compile(r"[A-Za-z0-9+?/:().,'-]([A-Za-z0-9+?/:().,' -]{0,34})")
_OTHER = re.compile(r"[A-Za-z0-9-]{1,34}")
_BIC = re.compile(r"[A-Z]{6}[A-Z2-9][A-NP-Z0-9]([A-Z0-9]{3})?")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")


class UnableToDebit(Trouble):
    """No file is made, or nothing is taken of an answer; the message says why."""


def checked_name(text: str) -> str:
    """A mandate's or creditor's number as ISO 20022 lets it travel. Raises ValueError."""
    if not NAME.fullmatch(text) or text.startswith("/") or "//" in text:
        raise ValueError("is 1 to 35 Latin letters, digits or +?/:().,'- and no // in it")
    return text


def checked_iban(text: str) -> str:
    """An IBAN without blanks, by ISO 13616 and its check digits. Raises ValueError."""
    plain = text.replace(" ", "").upper()
    turned = "".join(
        str(int(sign, 36)) for sign in plain[4:] + plain[:4] if sign.isalnum() and sign.isascii()
    )
    if not _IBAN.fullmatch(plain) or int(turned) % 97 != 1:
        raise ValueError("is no IBAN: its form or its check digits are wrong")
    return plain


class BankAccount(Document):
    """An account at a bank: `iban`, or `other` where it has none; the bank by `bic`, `clearing` or neither."""

    iban: str = ""
    other: str = ""
    bic: str = ""
    clearing: str = ""

    @field_validator("iban")
    @classmethod
    def _is_an_iban(cls, text: str) -> str:
        return checked_iban(text) if text else ""

    @model_validator(mode="after")
    def _is_one_account(self) -> "BankAccount":
        if bool(self.iban) == bool(self.other):
            raise ValueError("write either iban or other")
        if self.other and not _OTHER.fullmatch(self.other):
            raise ValueError("other is up to 34 letters, digits or -")
        if self.bic and not _BIC.fullmatch(self.bic):
            raise ValueError("bic has 8 or 11 signs, like BANKCNBJ")
        if self.clearing and not _OTHER.fullmatch(self.clearing):
            raise ValueError("clearing is up to 34 letters, digits or -")
        return self


class Mandate(Document):
    """A customer's leave to collect from their account: the payload of a MANDATE fact.

    scheme: the creditor's number the customer gave leave to. state: signed, or revoked (then the mandate's
    number alone is needed).
    """

    state: Literal["signed", "revoked"]
    mandate: str
    signed_date: date | None = None
    debtor_name: str = ""
    account: BankAccount | None = None
    scheme: str = ""

    @field_validator("mandate")
    @classmethod
    def _can_travel(cls, text: str) -> str:
        return checked_name(text)

    @model_validator(mode="after")
    def _is_whole(self) -> "Mandate":
        whole = self.signed_date and self.debtor_name.strip() and self.account and self.scheme
        if self.state == "signed" and not whole:
            raise ValueError("a signed mandate has signed_date, debtor_name, account and scheme")
        if len(self.debtor_name) > 70:
            raise ValueError("debtor_name has at most 70 signs")
        return self


@dataclass(frozen=True, slots=True)
class Due:
    """What an account owes on a day and may be collected; `for_what` names it (an instalment, a minimum)."""

    account_ref: str
    customer_ref: str
    cents: int
    currency: str
    for_what: str


@dataclass(frozen=True, slots=True)
class Collection:
    """One collection as it stands in the file."""

    end_to_end: str
    account_ref: str
    cents: int
    currency: str
    sequence: Sequence_
    mandate: Mandate


@dataclass(frozen=True, slots=True)
class NotCollected:
    """An account with a mandate from which nothing is collected, and why."""

    account_ref: str
    words: Words


@dataclass(frozen=True, slots=True)
class FileMade:
    """A day's file: its bytes, its sums as text by currency, and what was left out. again: it was made before."""

    day: date
    name: str
    version: str
    content: bytes
    count: int
    sums: Mapping[str, str]
    refused: tuple[NotCollected, ...]
    again: bool


@dataclass(frozen=True, slots=True)
class AnswerTaken:
    """What a status report changed. touched: the accounts. unknown: names in it that are not ours."""

    message: str
    rejected: int
    known_before: int
    accepted: int
    unknown: tuple[str, ...]
    touched: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CollectionSeen:
    """A collection as people read it. state: sent | paid | rejected | returned; code: the bank's reason."""

    end_to_end: str
    account_ref: str
    day: date
    cents: int
    currency: str
    state: str
    code: str
    words: Words
    released: bool
    told_at: datetime | None
