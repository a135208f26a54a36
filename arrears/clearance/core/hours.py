"""Hours: of the law, of the house, agreed with a person, asked for by a person."""

from collections.abc import Callable, Iterable
from datetime import datetime

from arrears.clearance.core.question import Answer, No, Question, Yes, rule
from arrears.clearance.core.times import instant_of, next_close, next_open
from arrears.clearance.types import CHANNELS, Wish
from arrears.kernel.hours import DAY_SECONDS, Hours
from arrears.kernel.workdays import workday
from arrears.rulebook.law import Rule

# Post lies in the box until morning; what disturbs at night rings, lights up or knocks.
DISTURBING = CHANNELS - {"letter"}
IsOpen = Callable[[datetime], bool]


@rule("cn.cba2026.quiet_hours", "cn.gbt45251.quiet_hours", needs=("hours",))
@rule(
    "us.regf.hours", "us.house.hours", "uk.conc.hours", "hk.cobp.hours",
    channels=DISTURBING, needs=("hours",),
)  # fmt: skip
def inside_the_hours(question: Question, rule: Rule) -> Answer:
    """Not outside the rule's hours anywhere the person may be, unless agreed with that person."""
    if question.proposal.consent:
        return None
    hours, country = rule.hours, rule.id.partition(".")[0]
    agreed = question.known.agreed_hours if question.person == "debtor" else ()
    if not agreed:
        closings = [_closing(zone, local, hours) for zone, local in question.local]
        if None not in closings:
            return Yes(min(closings))  # type: ignore[type-var]

    def is_open(local: datetime) -> bool:
        return hours.open_at(local.time()) or any(_open(wish, local, country) for wish in agreed)

    return _open_everywhere(question, _edges(hours, agreed), is_open, str(hours))


def _closing(zone: str, local: datetime, hours: Hours) -> datetime | None:
    """When the window open at `local` ends today; None when none is open or it runs past midnight."""
    wall = local.time()
    if not hours.open_at(wall):
        return None
    second = wall.hour * 3600 + wall.minute * 60 + wall.second
    end = max(end for start, end in hours.windows if start <= second <= end)
    return None if end == DAY_SECONDS else instant_of(zone, local.date(), end)


@rule(
    "cn.civil_code.asked_hours", "us.regf.asked_hours", "us.house.asked_hours", "uk.conc.asked_hours",
    "hk.cobp.asked_hours",
    channels=DISTURBING, persons=frozenset({"debtor"}),
)  # fmt: skip
def only_when_asked(question: Question, rule: Rule) -> Answer:
    """Only in the hours the person asked for, while that wish stands."""
    asked, country = question.known.asked_hours, rule.id.partition(".")[0]
    if not asked:
        return None

    def is_open(local: datetime) -> bool:
        standing = [wish for wish in asked if _stands(wish, local)]
        return not standing or any(_open(wish, local, country) for wish in standing)

    return _open_everywhere(question, _edges(None, asked), is_open, "; ".join(str(w.hours) for w in asked))


def _open_everywhere(question: Question, edges: tuple[int, ...], is_open: IsOpen, hours: str) -> No | Yes:
    """Open in every zone the person may be in; else from when each that is closed opens."""
    closed = [(zone, local) for zone, local in question.local if not is_open(local)]
    if closed:
        opening = [next_open(question.at, zone, edges, is_open) for zone, _ in closed]
        known = [moment for moment in opening if moment]
        numbers = {"hours": hours, "clock": f"{closed[0][1]:%H:%M}"}
        return No(max(known) if len(known) == len(opening) else None, numbers)
    closing = [next_close(question.at, zone, edges, is_open) for zone, _ in question.local]
    return Yes(min((moment for moment in closing if moment), default=None))


def _stands(wish: Wish, local: datetime) -> bool:
    """Whether the wish is in force on that day (its weekdays aside)."""
    day = local.date()
    return (wish.since is None or wish.since <= day) and (wish.until is None or day <= wish.until)


def _open(wish: Wish, local: datetime, country: str) -> bool:
    right_day = (
        _stands(wish, local) and local.weekday() in wish.weekdays and _right_kind(wish, local, country)
    )
    return right_day and wish.hours.open_at(local.time())


def _right_kind(wish: Wish, local: datetime, country: str) -> bool:
    """A year whose holidays nobody has named yet is sure of neither kind of day."""
    if not wish.only_on:
        return True
    day = workday(local.date(), country=country)
    return day.surely_works if wish.only_on == "workdays" else day.surely_off


def _edges(hours: Hours | None, wishes: Iterable[Wish]) -> tuple[int, ...]:
    """Every second of the day at which something may open or close; midnight for the dates."""
    found = {0, *(hours.edges() if hours else ())}
    for wish in wishes:
        found.update(wish.hours.edges())
    return tuple(sorted(found))
