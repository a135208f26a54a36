"""What a told fact may carry. Names mean the same for every kind; some kinds need some of them.

Everything is checked on the way in: a fact is never changed later, and the gate reads it
for every contact from then on.
"""

import json
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, Field, StrictBool, model_validator

from arrears.casebook.types import FactKind
from arrears.kernel.hours import Hours, NotHours
from arrears.kernel.workdays import days_named

MOST_BYTES = 16_000
Text = Annotated[str, Field(min_length=1, max_length=320)]


def _readable_hours(text: str) -> str:
    try:
        Hours.read(text)
    except NotHours as trouble:
        raise ValueError(str(trouble)) from trouble
    return text


def _readable_days(days: str | list[str]) -> str | list[str]:
    days_named(days)
    return days


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"{name!r} is no time zone; write it like Asia/Shanghai")
    return name


class PayloadTold(BaseModel, extra="allow"):
    """What is known about the fact. Further names are kept as they are."""

    state: Text | None = Field(
        default=None, description="agreement: performing, broken or done; promise: running, kept or broken"
    )
    until: date | None = Field(default=None, description="the last day on which it holds")
    from_: date | None = Field(default=None, alias="from")
    hours: Annotated[Text, AfterValidator(_readable_hours)] | None = Field(
        default=None, examples=["14:00-22:00"]
    )
    days: Annotated[Text | list[Text], AfterValidator(_readable_days)] | None = Field(
        default=None, description="mon, tue ...; workdays or days_off", examples=["workdays"]
    )
    zones: list[Annotated[Text, AfterValidator(_known_zone)]] | None = Field(
        default=None, min_length=1, max_length=20
    )
    channel: Text | list[Text] | None = None
    point: Text | list[Text] | None = Field(default=None, description="the number or address")
    place: Text | list[Text] | None = None
    direction: Literal["in", "out"] | None = None
    to: Text | None = Field(default=None, description="who was reached: debtor, guarantor, third_person ...")
    by: Text | None = Field(default=None, description="issuer, or agency:NAME")
    outcome: Text | None = None
    purpose: Text | None = None
    debts: list[Text] | None = Field(default=None, max_length=100)
    consent: StrictBool | None = None
    given: StrictBool | None = None
    on_list: StrictBool | None = None
    evaluated_on: date | None = Field(
        default=None, description="assigned: when the agency was last evaluated"
    )
    agency: Text | None = None
    fact: Annotated[str, Field(min_length=1, max_length=160)] | None = Field(
        default=None, description="hold_lifted: the key of the fact that no longer holds"
    )
    reason: Text | None = None

    @model_validator(mode="after")
    def _can_be_kept(self) -> "PayloadTold":
        try:
            plain = self.model_dump(by_alias=True, exclude_unset=True)
            kept = json.dumps(plain, ensure_ascii=False, allow_nan=False, default=str).encode()
        except (ValueError, RecursionError) as trouble:
            raise ValueError("it holds something that is no JSON") from trouble
        if len(kept) > MOST_BYTES:
            raise ValueError(f"it is larger than {MOST_BYTES} bytes")
        if b"\\u0000" in kept:
            raise ValueError("it holds a NUL character")
        return self

    def told(self) -> dict[str, Any]:
        """As it goes into the casebook."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)


NEEDED: Mapping[str, tuple[str, ...]] = {
    "agreement": ("state",),
    "promise": ("state", "until"),
    "agreed_hours": ("hours",),
    "asked_hours": ("hours",),
    "robot_consent": ("given",),
    "may_be_in": ("zones",),
    "inconvenient_place": ("place",),
    "hold_lifted": ("fact", "reason"),
    "mandate": ("state",),
    "contact_made": ("channel", "direction", "to", "by", "outcome"),
}
# What the house itself records when it happens; nobody tells it.
OUR_OWN = frozenset(
    {
        FactKind.CONTACT_WITHDRAWN,
        FactKind.SIGNED_IN,
        FactKind.FINDING,
        FactKind.WORDS_QUESTIONED,
        FactKind.AGREEMENT_STEP,
        FactKind.DIRECT_DEBIT,
    }
)


def missing(kind: FactKind, payload: PayloadTold) -> list[str]:
    """Names this kind needs and did not get."""
    return [name for name in NEEDED.get(kind, ()) if getattr(payload, name) is None]
