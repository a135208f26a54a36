"""A matter a customer raised, what it may be about, and how it can end. Frozen, no Django."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from arrears.casebook.types import FactKind
from arrears.kernel.words import Words


class MatterKind(StrEnum):
    """What kind of answer is owed."""

    OBJECTION = "objection"  # the amount or the debt itself is said to be wrong
    DISPUTE = "dispute"  # a posting is said not to be the customer's
    CREDIT_DATA = "credit_data"  # what the credit bureau holds is said to be wrong
    COMPLAINT = "complaint"  # about how we behaved
    NEED = "need"  # life has changed: hardship, illness, a language


class Outcome(StrEnum):
    """How a matter ends."""

    UPHELD = "upheld"
    PARTLY = "partly"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"  # by the customer
    ENDED = "ended"  # a need that is over


FOUND = (Outcome.UPHELD, Outcome.PARTLY, Outcome.REJECTED, Outcome.WITHDRAWN)
OVER = (Outcome.ENDED, Outcome.WITHDRAWN)  # a need is neither right nor wrong


@dataclass(frozen=True, slots=True)
class About:
    """One thing a matter may be about, and the hold that stands while it is open."""

    code: str
    kind: MatterKind
    words: Words
    hold: FactKind


def _about(code: str, kind: MatterKind, hold: FactKind, zh: str, en: str) -> About:
    return About(code, kind, Words(zh=zh, en=en), hold)


_M, _F = MatterKind, FactKind
ABOUTS: Mapping[str, About] = {
    each.code: each
    for each in (
        _about("wrong_amount", _M.OBJECTION, _F.OBJECTION, "金额不对", "The amount is wrong"),
        _about("already_paid", _M.OBJECTION, _F.OBJECTION, "我已经还过了", "I have paid already"),
        _about(
            "fee_not_agreed", _M.OBJECTION, _F.OBJECTION, "这笔费用我没有同意", "I never agreed to this fee"
        ),
        _about("not_mine", _M.DISPUTE, _F.DISPUTE, "这笔交易不是我做的", "This transaction is not mine"),
        _about(
            "not_received", _M.DISPUTE, _F.DISPUTE, "商品或服务没有收到", "I never received what I paid for"
        ),
        _about("identity_theft", _M.DISPUTE, _F.FRAUD, "有人冒用我的身份", "Somebody used my identity"),
        _about("credit_report", _M.CREDIT_DATA, _F.OBJECTION, "征信记录有误", "My credit report is wrong"),
        _about("too_often", _M.COMPLAINT, _F.COMPLAINT, "联系太频繁", "I am contacted too often"),
        _about(
            "at_night", _M.COMPLAINT, _F.COMPLAINT, "在不该联系的时间联系我", "I was contacted at a bad hour"
        ),
        _about(
            "others_told",
            _M.COMPLAINT,
            _F.COMPLAINT,
            "联系了我的家人、同事或朋友",
            "My family or colleagues were contacted",
        ),
        _about("threatened", _M.COMPLAINT, _F.COMPLAINT, "威胁或辱骂", "I was threatened or insulted"),
        _about("plan_refused", _M.COMPLAINT, _F.COMPLAINT, "协商还款被拒", "A payment plan was refused"),
        _about(
            "not_explained",
            _M.COMPLAINT,
            _F.COMPLAINT,
            "利息和费用没有说清楚",
            "Interest and fees were not explained",
        ),
        _about("other", _M.COMPLAINT, _F.COMPLAINT, "其他", "Something else"),
        _about("lost_job", _M.NEED, _F.HARDSHIP, "失业或收入减少", "I lost my job or earn less"),
        _about("illness", _M.NEED, _F.HARDSHIP, "生病", "Illness"),
        _about("bereavement", _M.NEED, _F.HARDSHIP, "亲人去世", "A death in the family"),
        _about("disaster", _M.NEED, _F.HARDSHIP, "灾害", "A disaster"),
        _about("disability", _M.NEED, _F.VULNERABLE, "残障", "A disability"),
        _about("minor", _M.NEED, _F.MINOR, "未成年", "A minor"),
        _about("language", _M.NEED, _F.VULNERABLE, "读写或语言有困难", "Reading or language is difficult"),
    )
}


@dataclass(frozen=True, slots=True)
class Paper:
    """Something shown as evidence. media_type: as its content says, whatever its name."""

    key: str
    name: str
    media_type: str
    size_bytes: int
    sha256: str
    scan: str  # clean | not_scanned
    added_at: datetime
    added_by: str


@dataclass(frozen=True, slots=True)
class Step:
    """Something done about a matter: who, when, what, in whose words."""

    at: datetime
    by: str
    what: str  # raised | took | extended | asked | answered | escalated
    text: str


@dataclass(frozen=True, slots=True)
class Matter:
    """What was raised, who looks after it, until when an answer is owed, and the answer.

    raised_by: `customer`, or who at the desk wrote it down. about_contact: key of the contact
    it complains of. supports: what helps this customer (`large_print`, `only_letters` ...).
    consent: the customer agreed that this be kept (PIPL 28-29: health is sensitive).
    """

    ref: str
    kind: MatterKind
    about: About
    customer_ref: str
    account_ref: str | None
    text: str
    raised_at: datetime
    raised_by: str
    about_contact: str
    supports: tuple[str, ...]
    consent: bool
    owner: str
    clock_id: str
    due_date: date
    extended: int
    second_opinion: Mapping[str, Any] | None
    answered_at: datetime | None
    outcome: Outcome | None
    answer: str
    corrected_cents: int
    papers: tuple[Paper, ...] = ()
    steps: tuple[Step, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.answered_at is None

    def days_left(self, on: date) -> int:
        """Days until the answer is due; negative once it is late."""
        return (self.due_date - on).days


@dataclass(frozen=True, slots=True)
class BureauNotice:
    """What a credit bureau must be told: mark the data as disputed, correct it, or take the mark off."""

    matter_ref: str
    customer_ref: str
    account_ref: str | None
    what: str  # mark | correct | unmark
    due_date: date
    told_at: datetime | None


# What a matter says of why somebody pays late: codes of rulebook/reasons.yaml.
LATE_BECAUSE: Mapping[str, str] = {
    "wrong_amount": "disputed",
    "fee_not_agreed": "disputed",
    "already_paid": "paid_already",
    "not_mine": "not_mine",
    "identity_theft": "not_mine",
    "lost_job": "lost_job",
    "illness": "ill",
    "bereavement": "bereaved",
    "disaster": "disaster",
}

SUPPORTS: Mapping[str, Words] = {
    "only_letters": Words(zh="只用书面联系", en="write only, no calls"),
    "large_print": Words(zh="大字版", en="large print"),
    "slow_and_clear": Words(zh="说慢一点、说清楚", en="speak slowly and clearly"),
    "through_helper": Words(zh="通过指定的人联系", en="through a helper named by the customer"),
    "dialect_or_language": Words(zh="需要方言或其他语言", en="a dialect or another language"),
}
