"""What may be booked without a person: `ARREARS_HOME/money/policy.yaml`, which can only tighten.
And from when on a credit is offered back.

```yaml
needs_a_person: [customer]            # of: account, order, reference, customer
most_without_a_person: {CNY: '50000.00'}
```
"""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from django.conf import settings
from pydantic import Field, model_validator

from arrears.casebook.types import MoneyNotice
from arrears.intake.matching import Decision
from arrears.kernel.money import parse_cents
from arrears.kernel.words import Words
from arrears.rulebook.documents import Document, read_document

Rule = Literal["account", "order", "reference", "customer"]
_RULE = Words(zh="按本机构规定需人工确认：{why}", en="house policy wants a person to confirm: {why}")
_LARGE = Words(
    zh="金额超过本机构免人工确认的上限；{why}",
    en="it is more than house policy lets through by itself; {why}",
)


class MoneyPolicy(Document):
    """Which certain matches a person confirms all the same."""

    needs_a_person: list[Rule] = []
    most_without_a_person: dict[str, str] = {}
    offer_back_from: dict[str, str] = {}  # a credit of less is not offered back by itself; else 1.00
    offer_back_after_days: int = Field(default=7, ge=0)
    offers_back: Literal["round", "person"] = "round"  # person: only by a click at the desk

    def offer_back_least(self, currency: str) -> int:
        """The least credit that is offered back, in cents: one main unit where nothing else is said."""
        return parse_cents(self.offer_back_from.get(currency, "1"), currency=currency)

    @model_validator(mode="after")
    def _amounts_are_amounts(self) -> "MoneyPolicy":
        for currency, amount in (*self.most_without_a_person.items(), *self.offer_back_from.items()):
            parse_cents(amount, currency=currency)
        return self

    def tightened(self, decision: Decision, notice: MoneyNotice) -> Decision:
        """The decision, or nobody's account where a person has to confirm it."""
        if decision.account is None:
            return decision
        if decision.by.removeprefix("rule:") in self.needs_a_person:
            return Decision(None, "policy", _RULE.filled(why=decision.words))
        most = self.most_without_a_person.get(notice.currency)
        if most is not None and notice.cents > parse_cents(most, currency=notice.currency):
            return Decision(None, "policy", _LARGE.filled(why=decision.words))
        return decision


def house_policy() -> MoneyPolicy:
    """The institution's policy for money. Raises WrongConfiguration naming file and line."""
    path = Path(settings.HOME) / "money" / "policy.yaml"
    return _read(path, path.stat().st_mtime_ns) if path.is_file() else MoneyPolicy()


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int) -> MoneyPolicy:
    policy: MoneyPolicy = read_document(path, MoneyPolicy)
    return policy
