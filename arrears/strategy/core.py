"""The ladder applied to one case: the first step that fits wins. Pure."""

from datetime import date, timedelta

from arrears.kernel.days import days_between
from arrears.strategy.ladder import CHANNEL_POINTS, ContactWish, Ladder, Step, When
from arrears.strategy.types import CaseSeen, Decision, Wish


def decide(case: CaseSeen, *, ladder: Ladder, on: date) -> Decision:
    """What we would like to do for `case` on that day."""
    step = next(step for step in ladder.steps if fits(step.when, case, on=on))
    again_on = _not_again_before(step, case)
    rests = again_on is not None and on < again_on
    wish = _wish(step.contact, case) if step.contact and not rests else None
    return Decision(
        step=step.id,
        title=step.title.words(),
        why=step.why.words(),
        priority=step.priority,
        wish=wish,
        unreachable=step.contact is not None and not rests and wish is None,
        again_on=again_on if rests else None,
    )


def fits(when: When, case: CaseSeen, *, on: date) -> bool:
    """Whether everything `when` asks for is so."""
    owed = case.owed
    before_due = days_between(on, owed.next_due_date) if owed.next_due_date else None
    return (
        (when.days_past_due is None or when.days_past_due.holds(owed.days_past_due))
        and (when.owed_below_cents is None or owed.payoff_cents < when.owed_below_cents)
        and (not when.reason or case.reason in when.reason)
        and (when.minimum_due is None or when.minimum_due == (owed.minimum_due_cents > 0))
        and (
            when.days_before_due is None
            or (before_due is not None and when.days_before_due.holds(before_due))
        )
    )


def _not_again_before(step: Step, case: CaseSeen) -> date | None:
    last = case.last_made.get(step.id)
    return last + timedelta(days=step.every_days) if last and step.every_days else None


def _wish(contact: ContactWish, case: CaseSeen) -> Wish | None:
    for channel in contact.channels:
        for point in case.person.points:
            if point.kind == CHANNEL_POINTS[channel]:
                return Wish(contact.template, channel, point.value, contact.purpose, contact.at)
    return None
