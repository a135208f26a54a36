"""Orders: what is going to be paid, under one number, and whether it has come.

The money itself comes in by intake's doors: a wallet's signed notice, a statement, a file.
Where a cashier's page takes payments (`ARREARS_PAYMENT_PAGE`), its address stands in a code.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import segno
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from arrears.casebook import queries as casebook
from arrears.casebook.types import MovementKind
from arrears.intake import actions as intake
from arrears.intake import queries as intake_queries
from arrears.look.say import money_text
from arrears.portal.agreements import NotYours, account


@dataclass(frozen=True, slots=True)
class Order:
    """An order of the customer. came_cents: payments on the account since it was opened;
    address: where it can be paid at once, empty where no cashier is set up."""

    number: str
    account_ref: str
    currency: str
    cents: int
    came_cents: int
    address: str

    @property
    def has_come(self) -> bool:
        """Whether all of it has come."""
        return self.came_cents >= self.cents

    @property
    def amount(self) -> str:
        """The amount as people read it."""
        return money_text(self.cents, self.currency)


def number_of(key: UUID) -> str:
    """The order's number: of the page the customer answered, so that a second click is the same order."""
    return f"P{key.int % 10**14:014d}"


def open_order(customer_ref: str, told: Mapping[str, Any], *, now: datetime) -> str:
    """Open an order for the customer's own card; its number. Raises NotYours."""
    ref = account(customer_ref, told["card"])
    number, currency = number_of(told["key"]), casebook.histories([ref])[0].currency
    intake.open_order(number=number, account_ref=ref, cents=told["amount"], currency=currency, now=now)
    return number


def order(customer_ref: str, number: str) -> Order:
    """One order of this customer. Raises NotYours for anybody else's."""
    seen = intake_queries.order(number)
    if seen is None or seen.account_ref not in casebook.accounts_of(customer_ref):
        raise NotYours(f"no order {number}")
    movements = casebook.histories([seen.account_ref])[0].movements
    since = [one for one in movements if one.recorded_at and one.recorded_at > seen.opened_at]
    return Order(
        number=number,
        account_ref=seen.account_ref,
        currency=seen.currency,
        cents=seen.cents,
        came_cents=sum(one.cents for one in since if one.kind is MovementKind.PAYMENT),
        address=settings.PAYMENT_PAGE.replace("{number}", number),
    )


def picture(address: str, *, label: str) -> SafeString:
    """The address as a QR code, drawn here; dark on light in the dark too, or no camera reads it."""
    drawn = segno.make(address, error="m", micro=False).svg_inline(
        scale=6, border=4, light="#fff", dark="#000"
    )
    svg = mark_safe(drawn)  # noqa: S308 - drawn by segno from our own address
    return format_html('<div class="code" role="img" aria-label="{}">{}</div>', label, svg)
