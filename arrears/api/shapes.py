"""What the JSON looks like. Amounts are minor units with the currency and a text to show."""

from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, JsonValue, StrictInt

from arrears.api.payloads import PayloadTold
from arrears.casebook.types import FactKind
from arrears.kernel import clock
from arrears.kernel.money import MOST_CENTS, Money
from arrears.kernel.words import Words
from arrears.reckoning.types import Line, Owed

OLDEST = date(2000, 1, 1)
CURRENCY = r"^[A-Z]{3}$"
PLAIN = r"^[^\x00-\x1f\x7f]+$"  # no control characters; PostgreSQL keeps no NUL

Ref = Annotated[str, Field(min_length=1, max_length=64, pattern=PLAIN)]
AccountRef = Annotated[Ref, Field(examples=["A1"])]
CustomerRef = Annotated[Ref, Field(examples=["C1"])]
Key = Annotated[str, Field(min_length=1, max_length=100, pattern=PLAIN)]


def _not_ahead(day: date) -> date:
    if not OLDEST <= day <= clock.today() + timedelta(days=1):
        raise ValueError(f"the day must lie between {OLDEST} and tomorrow")
    return day


def _has_happened(moment: datetime) -> datetime:
    if moment.date() < OLDEST or moment > clock.now() + timedelta(minutes=5):
        raise ValueError(f"it must have happened between {OLDEST} and now")
    return moment


PastDay = Annotated[date, AfterValidator(_not_ahead)]
PastMoment = Annotated[AwareDatetime, AfterValidator(_has_happened)]


class Page(BaseModel):
    """Which part of a long list."""

    limit: int = Field(default=100, ge=1, le=500)
    offset: int = Field(default=0, ge=0, le=1_000_000)


class WordsShape(Schema):
    """One thing said in both languages."""

    zh: str
    en: str

    @classmethod
    def of(cls, words: Words) -> "WordsShape":
        """From the house's own words."""
        return cls(zh=words.zh, en=words.en)


class AmountShape(Schema):
    """Money: minor units, ISO 4217 currency, and how people write it."""

    cents: int
    currency: str
    text: str = Field(examples=["1,234.50"])

    @classmethod
    def of(cls, cents: int, currency: str) -> "AmountShape":
        """From cents."""
        return cls(cents=cents, currency=currency, text=str(Money(cents, currency)))

    @classmethod
    def maybe(cls, cents: int | None, currency: str) -> "AmountShape | None":
        """None where the amount is not known."""
        return None if cents is None else cls.of(cents, currency)


class AmountTold(BaseModel, extra="forbid"):
    """Money as it is told to us."""

    cents: StrictInt = Field(gt=0, le=MOST_CENTS)
    currency: str = Field(pattern=CURRENCY, examples=["CNY"])


class RuleShape(Schema):
    """The rule an amount follows and where it is written."""

    id: str
    title: WordsShape
    reference: str


class SegmentShape(Schema):
    """Days over which one balance bore one rate; the last day is not counted."""

    from_date: date
    to_date: date
    days: int
    balance: AmountShape
    daily_rate: str
    fact: str


class LineShape(Schema):
    """One part of what is owed, and what it rests on. Lines within it sum to its amount."""

    kind: str
    amount: AmountShape
    words: WordsShape
    rule: RuleShape | None
    facts: list[str]
    segments: list[SegmentShape]
    lines: list["LineShape"]

    @classmethod
    def of(cls, line: Line, currency: str) -> "LineShape":
        """The whole tree under one line."""
        return cls(
            kind=line.kind,
            amount=AmountShape.of(line.cents, currency),
            words=WordsShape.of(line.words),
            rule=RuleShape(
                id=line.rule.id, title=WordsShape.of(line.rule.title), reference=line.rule.reference
            )
            if line.rule
            else None,
            facts=list(line.facts),
            segments=[
                SegmentShape(
                    from_date=part.from_date,
                    to_date=part.to_date,
                    days=part.days,
                    balance=AmountShape.of(part.balance_cents, currency),
                    daily_rate=part.daily_rate,
                    fact=part.fact,
                )
                for part in line.segments
            ],
            lines=[cls.of(inner, currency) for inner in line.lines],
        )


class OwedShape(Schema):
    """What an account owes at the end of a day. The lines sum to `payoff`."""

    as_of: date
    source: str = Field(description="reckoned from movements, or supplied by the bank")
    payoff: AmountShape
    statement_balance: AmountShape
    minimum_due: AmountShape
    overdue: AmountShape | None
    interest_billed: AmountShape
    interest_accrued: AmountShape
    late_fees: AmountShape
    days_past_due: int
    oldest_due_date: date | None
    next_due_date: date | None
    lines: list[LineShape]
    findings: list[WordsShape] = Field(description="numbers that disagree; a person must look")

    @classmethod
    def of(cls, owed: Owed) -> "OwedShape":
        """From the reckoner's answer."""
        currency = owed.currency
        return cls(
            as_of=owed.as_of,
            source=owed.source,
            payoff=AmountShape.of(owed.payoff_cents, currency),
            statement_balance=AmountShape.of(owed.statement_balance_cents, currency),
            minimum_due=AmountShape.of(owed.minimum_due_cents, currency),
            overdue=AmountShape.maybe(owed.overdue_cents, currency),
            interest_billed=AmountShape.of(owed.interest_billed_cents, currency),
            interest_accrued=AmountShape.of(owed.interest_accrued_cents, currency),
            late_fees=AmountShape.of(owed.late_fees_cents, currency),
            days_past_due=owed.days_past_due,
            oldest_due_date=owed.oldest_due_date,
            next_due_date=owed.next_due_date,
            lines=[LineShape.of(line, currency) for line in owed.lines],
            findings=[WordsShape.of(finding) for finding in owed.findings],
        )


class StandingShape(Schema):
    """How late, as of the latest round or event."""

    as_of: date
    owed: AmountShape
    minimum_due: AmountShape
    overdue: AmountShape | None
    days_past_due: int
    bucket: str
    class_2011: str | None
    class_2023: str | None
    late_since_date: date | None
    next_due_date: date | None


class FactShape(Schema):
    """Something that happened."""

    key: str
    kind: FactKind
    happened_at: datetime
    recorded_at: datetime
    customer: str
    account: str | None
    payload: dict[str, JsonValue]
    recorded_by: str


class MessageShape(Schema):
    """A message written or planned. One-time codes are shown without their text."""

    key: str
    account: str | None
    channel: str
    point: str
    purpose: str
    template: str
    language: str
    subject: str
    body: str
    state: str
    planned_on: date
    sent_at: datetime | None
    last_error: str


class PointShape(Schema):
    """A way to reach a customer."""

    kind: str
    value: str
    source: str


class CustomerShape(Schema):
    """A person, the ways to reach them, and their accounts."""

    ref: str
    name: str
    language: str
    zone: str
    points: list[PointShape]
    accounts: list[str]


class CaseShape(Schema):
    """One account with everything known about it."""

    account: str
    customer: CustomerShape
    product: str
    currency: str
    as_of: date
    owed: OwedShape | None = Field(description="null where it cannot be reckoned: see set_aside")
    set_aside: str | None = Field(description="why it cannot be reckoned; a person must look")
    standing: StandingShape | None
    facts: list[FactShape]
    messages: list[MessageShape]


class FactTold(BaseModel, extra="forbid"):
    """Tell that something happened. The same `idempotency_key` again changes nothing."""

    idempotency_key: Key
    kind: FactKind
    customer: CustomerRef
    account: AccountRef | None = None
    happened_at: PastMoment
    payload: PayloadTold = PayloadTold()


class PaymentNoticed(BaseModel, extra="forbid"):
    """Tell that money came in. The same `ref` again changes nothing."""

    ref: Annotated[str, Field(min_length=1, max_length=60, pattern=PLAIN)]
    received_date: PastDay
    amount: AmountTold
    account: Annotated[str, Field(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    reference: Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    payer_name: Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""


class PaymentShape(Schema):
    """Money on record: on whose account, or why on nobody's yet."""

    ref: str
    first: bool = Field(description="this request did it; otherwise it stood so already")
    account: str | None = Field(description="null while nobody's account is found")
    because: WordsShape = Field(description="why it is this account, or none yet")
    standing: StandingShape | None


class Recorded(Schema):
    """It is on record. `first`: this request did it; otherwise it stood so already."""

    key: str
    first: bool


class HealthShape(Schema):
    """Whether the house stands."""

    status: Literal["ok", "trouble"]
    database: Literal["ok", "does not answer"]
    last_round: date | None = None


PLAIN_OR_NONE = Annotated[str, Field(max_length=320, pattern=r"^[^\x00-\x1f\x7f]*$")]
Word = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9_]*$")]


class LeaveAsked(BaseModel, extra="forbid"):
    """A contact somebody would like to make. What is not said is as it should be; a word the
    gate does not know is read in the way that refuses more."""

    idempotency_key: Key
    customer: CustomerRef
    account: AccountRef | None = None
    channel: Literal["call", "robot_call", "sms", "email", "chat", "wechat", "letter", "visit"]
    to: Word = "debtor"
    point: PLAIN_OR_NONE = ""
    by: Annotated[str, Field(max_length=80, pattern=r"^(issuer|agency:[^\x00-\x1f\x7f]+)$")] | None = Field(
        default=None,
        description="who makes it: issuer (the default) or agency:NAME; an agency's key names only itself",
    )
    purpose: Word = "collect"
    at: AwareDatetime | None = Field(default=None, description="when it would be made; now, if not said")
    valid_minutes: int | None = Field(
        default=None, ge=1, le=1440, description="how long a yes keeps its place"
    )
    place: Word | None = None
    collectors: int | None = Field(default=None, ge=1, le=20)
    discloses: list[Word] = Field(default=[], max_length=20)
    point_source: Word | None = None
    identity_proved: bool = True
    recorded: bool = True
    notice_given: bool = True
    autodialled: bool = Field(
        default=False, description="a machine dials or sends it, or the voice is recorded"
    )
    opt_out_notice: bool = Field(default=True, description="an electronic message says how to stop them")


class RefusalShape(Schema):
    """One rule that said no."""

    rule: str
    title: WordsShape
    reference: str
    strength: Literal["must", "should"]
    words: WordsShape
    cured_at: datetime | None = Field(description="from when this rule says yes; null: time does not cure it")


class LeaveShape(Schema):
    """What the gate said. A cleared one is a place taken in the customer's contact budget."""

    key: str
    answer: Literal["cleared", "refused", "deferred"]
    not_before: datetime | None
    until: datetime | None = Field(description="the last moment at which it may be used")
    cured_at: datetime | None = Field(description="from when a deferred contact would be cleared")
    refusals: list[RefusalShape]
    book: str
    rules_on: date
    used: bool
    given_back: bool


class ContactReported(BaseModel, extra="forbid"):
    """What came of a contact that was cleared."""

    outcome: Word
    at: PastMoment | None = Field(
        default=None, description="when it was made; the beginning of its leave, if not said"
    )
    text: Annotated[str, Field(max_length=4000)] = ""
