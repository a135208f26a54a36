"""A verdict in plain sentences, Chinese and English: for desk, portal, API and letters.

>>> from datetime import date
>>> answer = in_words(Verdict(True, "cn.card_issuer", date(2026, 6, 10)), zone="Asia/Shanghai")
>>> answer.heading.en
'May be made.'
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from arrears.clearance.types import Counter, Refusal, Verdict
from arrears.kernel.words import Words
from arrears.rulebook.citing import cited

MAY = Words(zh="可以联系。", en="May be made.")
MAY_UNTIL = Words(zh="可以联系，到 {until} 为止。", en="May be made, until {until}.")
NOT_NOW = Words(zh="现在不能联系；{from_when} 起可以。", en="Not now; from {from_when} it may be made.")
NOT = Words(
    zh="不能联系；等待不会改变这一点，须先解决下列问题。",
    en="Not allowed; waiting will not change that. Settle what follows first.",
)
REASON = Words(zh="{words}（依据：{reference}；{strength}）", en="{words} (See: {reference}; {strength}.)")
FROM_WHEN = Words(
    zh="{reason}就这一条而言，{moment} 起可以。", en="{reason} As far as this rule goes: from {moment}."
)
COUNTED = Words(zh="{scope}：{used}/{most}", en="{used} of {most} {scope}")
STRENGTHS = {
    "must": Words(zh="必须遵守", en="binding"),
    "should": Words(
        zh="应当遵守，主管可书面说明理由后例外",
        en="a should: a supervisor may override it with a reason on record",
    ),
}
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """A verdict as it is said: one heading, the reasons where there are any, the counters."""

    heading: Words
    reasons: tuple[Words, ...]
    counters: tuple[Words, ...]

    def lines(self, language: str) -> list[str]:
        """All of it in one language, a sentence a line."""
        return [words.said_in(language) for words in (self.heading, *self.reasons, *self.counters)]


def in_words(verdict: Verdict, *, zone: str) -> Said:
    """The verdict as people read it; moments on the clock of `zone`."""
    reasons = tuple(_reason(refusal, verdict, zone) for refusal in verdict.refusals)
    return Said(_heading(verdict, zone), reasons, tuple(counted(counter) for counter in verdict.counters))


def _heading(verdict: Verdict, zone: str) -> Words:
    if verdict.cleared:
        return MAY_UNTIL.filled(until=moment_words(verdict.until, zone)) if verdict.until else MAY
    return NOT_NOW.filled(from_when=moment_words(verdict.cured_at, zone)) if verdict.cured_at else NOT


def _reason(refusal: Refusal, verdict: Verdict, zone: str) -> Words:
    """Why, by which rule, how binding; from when, where it differs from the whole answer's."""
    said = REASON.filled(
        words=refusal.words, reference=cited(refusal.reference), strength=STRENGTHS[refusal.strength]
    )
    if refusal.cured_at is None or refusal.cured_at == verdict.cured_at:
        return said
    return FROM_WHEN.filled(reason=said, moment=moment_words(refusal.cured_at, zone))


def counted(counter: Counter) -> Words:
    """`3 of 6 today on this number`."""
    return COUNTED.filled(used=counter.used, most=counter.most, scope=counter.words)


def moment_words(moment: datetime, zone: str) -> Words:
    """A moment on the person's clock: 6月10日 22:00, 10 June 22:00."""
    local = moment.astimezone(ZoneInfo(zone))
    return Words(
        zh=f"{local.month}月{local.day}日 {local:%H:%M}",
        en=f"{local.day} {MONTHS[local.month - 1]} {local:%H:%M}",
    )
