"""Who collects: `ARREARS_HOME/money/debits.yaml`, one creditor for each currency.

```yaml
creditors:
- currency: CNY
  name: Beispiel Bank                 # as customers know it
  scheme: CN98ZZZ09999999999          # the creditor's number the mandates name
  account: {other: '6222000011112222', bic: BANKCNBJ}
  instrument: CORE                    # left out: none is written
  service: SEPA                       # left out: none is written
  text: Card payment {account}        # what the customer reads on their statement
  characters: latin                   # or `any`, where the bank takes Chinese
```
"""

from pathlib import Path
from typing import Literal

from django.conf import settings
from pydantic import field_validator

from arrears.intake.debits.types import BankAccount, checked_name
from arrears.kernel.money import CURRENCIES
from arrears.kernel.trouble import WrongConfiguration
from arrears.rulebook.documents import Document, place_of, read_document


class Creditor(Document):
    """Who collects in one currency. `text` may name {account}."""

    currency: str
    name: str
    scheme: str
    account: BankAccount
    instrument: str = ""
    service: str = ""
    text: str = "{account}"
    characters: Literal["latin", "any"] = "latin"

    @field_validator("currency")
    @classmethod
    def _is_a_currency(cls, text: str) -> str:
        if text not in CURRENCIES:
            raise ValueError("is no ISO 4217 currency")
        return text

    @field_validator("scheme")
    @classmethod
    def _can_travel(cls, text: str) -> str:
        return checked_name(text)

    @field_validator("instrument", "service")
    @classmethod
    def _is_a_code(cls, text: str) -> str:
        if text and not (text.isascii() and text.isalnum() and len(text) <= 4):
            raise ValueError("is a code of up to four letters or digits")
        return text


class DebitsFile(Document):
    """Every creditor."""

    creditors: list[Creditor]


def debits_file() -> Path:
    """Where the creditors are written."""
    return Path(settings.HOME) / "money" / "debits.yaml"


def load_creditors() -> dict[str, Creditor]:
    """Creditors by currency; none where the file is missing. Raises WrongConfiguration naming file and line."""
    from arrears.intake.debits.writing import NotWritable, written

    path = debits_file()
    if not path.is_file():
        return {}
    found: dict[str, Creditor] = {}
    document: DebitsFile = read_document(path, DebitsFile)
    for nth, creditor in enumerate(document.creditors):
        if creditor.currency in found:
            at = place_of(path, "creditors", nth, "currency")
            raise WrongConfiguration(f"{creditor.currency} has two creditors", do="Keep one.", at=at)
        for field in ("name", "text"):
            try:
                written(getattr(creditor, field).replace("{account}", "1"), creditor.characters)
            except NotWritable as trouble:
                at = place_of(path, "creditors", nth, field)
                raise WrongConfiguration(str(trouble), do="See `characters`.", at=at) from trouble
        found[creditor.currency] = creditor
    return found
