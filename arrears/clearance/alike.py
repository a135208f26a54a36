"""Questions that are alike are answered once.

Inside the room only. A round asks the same of tens of thousands: same channel, hour and purpose,
and of most people the same is on record, or nothing. Rules tell a number or a debt from another,
never by its name: two questions that differ in nothing but their own names have the same answer.
The gate being pure, what was answered so is kept from batch to batch.
"""

from datetime import UTC
from functools import lru_cache
from zoneinfo import ZoneInfo

from arrears.casebook.types import HOLDS, FactKind
from arrears.clearance import witness
from arrears.clearance.casting import (
    Cast,
    Decided,
    Policy,
    cast_of,
    decided_as,
)
from arrears.clearance.core import verdicts
from arrears.clearance.core.question import Day
from arrears.clearance.core.verdicts import day_that_counts, point_that_matters, words_of
from arrears.clearance.dossiers import Person, contact_of, read_words
from arrears.clearance.types import Answer, Asking, PastContact

Kind = tuple[object, ...]
MOST_KEPT = 20_000  # answers of a book, some 40 MB; then it begins anew

# What they say hangs on no moment, number or account.
TIMELESS = frozenset({FactKind.ASKED_HOURS, FactKind.AGREED_HOURS, FactKind.OPTED_OUT})
# The gate knows these by the day on which they began; a place might be the number itself.
DATED = HOLDS - {FactKind.INCONVENIENT_PLACE}


class Form:
    """Questions in the same words for the same moment: what was answered, by what is on record."""

    def __init__(self, words: Kind) -> None:
        self.words = words
        self.casts: dict[Kind, Cast] = {}
        self.days: dict[str, Day | None] = {}  # by zone: `day_that_counts`


class Bulk:
    """Many questions put to one book: those that are alike are answered once.

    Two of the same form are alike if the same is on record of both people, but for the question's
    own account and number. Where the rules look at one day's contacts alone, and not at when they
    were, a yes needs no more alike; how a no is cured may hang on any contact.
    """

    def __init__(self, book: str, policy: Policy) -> None:
        self._book, self._policy = book, policy
        self._forms: dict[Kind, Form] = {}
        self._last = Form(())
        self._kept = 0

    def decide(self, asking: Asking, person: Person, key: str) -> Decided:
        """The gate's answer under that key, from what is on record."""
        if not _plainly_put(asking):
            return decided_as(asking, key, self._alone(asking, person))
        form = self._form(asking)
        exact = _kind_of(asking, person)
        cast = form.casts.get(exact) if exact else None
        if cast is None:
            cast = self._by_day(form, asking, person)
            if exact:
                self._keep(form, exact, _for_its_kind(cast, asking, person))
        elif person.facts:
            cast = cast.resting_on(*_since(person))
        return decided_as(asking, key, cast)

    def _by_day(self, form: Form, asking: Asking, person: Person) -> Cast:
        """The answer in the light of one day's contacts, where that is enough; or of all."""
        day = None if person.facts else self._day(form, asking, person.zone)
        kind = _kind_of(asking, person, day) if day else None
        cast = form.casts.get(kind) if kind else None
        if cast is not None:
            return cast.resting_on(*witness.rested_on_contacts(person.history(), (person.zone,)))
        cast = self._alone(asking, person)
        if kind and cast.said.answer is Answer.CLEARED:
            self._keep(form, kind, cast)
        return cast

    def _keep(self, form: Form, kind: Kind, cast: Cast) -> None:
        if self._kept >= MOST_KEPT:
            self._forms, self._last, self._kept = {}, Form(()), 0
        form.casts[kind] = cast
        self._kept += 1

    def _alone(self, asking: Asking, person: Person) -> Cast:
        return cast_of(asking, person.dossier(), self._book, self._policy, one_of_many=True)

    def _form(self, asking: Asking) -> Form:
        proposal = asking.proposal
        words = (
            words_of(proposal),
            proposal.at.astimezone(UTC),
            point_that_matters(proposal),
            asking.valid_for,
            bool(proposal.debts),
        )
        form = self._last
        if form.words != words:
            form = self._last = self._forms.setdefault(words, Form(words))
        return form

    def _day(self, form: Form, asking: Asking, zone: str) -> Day | None:
        if zone not in form.days:
            form.days[zone] = day_that_counts(asking, zone, book=self._book, policy=self._policy)
        return form.days[zone]


@lru_cache(maxsize=8)
def bulk_of(book: str, policy: Policy) -> Bulk:
    """The one this process keeps for that book."""
    return Bulk(book, policy)


def forget() -> None:
    """Nothing that was worked out by the rules as they stood until now is used again."""
    verdicts.forget()
    bulk_of.cache_clear()


def _plainly_put(asking: Asking) -> bool:
    """About one account, to one number or address, without anybody's word against the rules."""
    account, proposal = asking.account_ref, asking.proposal
    return bool(
        account
        and proposal.point
        and asking.override is None
        and (not proposal.debts or proposal.debts == (account,))
    )


def _kind_of(asking: Asking, person: Person, day: Day | None = None) -> Kind | None:
    """What is on record, the question's own names left out: all of it, or of `day` and without moments.

    None where it is one of its kind.
    """
    if not person.contacts and not person.places and not person.facts:
        return day, person.zone
    if person.contacts and day is None:
        return None
    account, point = asking.account_ref, asking.proposal.point
    kind: list[object] = [day, person.zone]
    for _, past in person.contacts:
        if len(past.debts) > 1:
            return None
        if day and day.start <= past.at < day.end:
            own = (past.point == point or past.point, past.debts == (account,) or past.debts)
            kind += (
                past.channel,
                past.direction,
                past.to,
                past.by,
                past.outcome,
                past.purpose,
                past.consent,
                own,
            )
    for _, _, owed, there, at, words in person.places:
        if read_words(words).debts is not None:
            return None
        if day is None or day.start <= at < day.end:
            kind += (day is None and at, words, there == point or there, owed == account or owed)
    if person.facts:
        facts = _facts_said(person, account)
        return facts and (*kind, *facts)
    return tuple(kind)


def _facts_said(person: Person, account: str | None) -> Kind | None:
    """What the facts say, as far as the gate hears it; at most one of them counts from its day on."""
    said: list[object] = []
    dated = 0
    for fact in person.facts:
        said += (fact.kind, repr(fact.payload))
        if fact.kind in DATED:
            dated += 1
            day = fact.happened_at.astimezone(ZoneInfo(person.zone)).date()
            said += (day, fact.account_ref is None or fact.account_ref == account or fact.account_ref)
        elif fact.kind not in TIMELESS:
            return None
    return tuple(said) if dated <= 1 else None


def _for_its_kind(cast: Cast, asking: Asking, person: Person) -> Cast:
    """The same for all of its kind: with places for a question's own names, and for when a hold began."""
    point, account = str(asking.proposal.point), str(asking.account_ref)
    history = witness.history_said([_unnamed(contact_of(place), point, account) for place in person.places])
    _, known = cast.rested_on
    for since in _since(person):
        known = known.replace(since, f'"{witness.SINCE}"')
    marked = witness.with_what_it_rested_on(cast.marked, history, known)
    return cast._replace(mould=witness.mould(marked), rested_on=())


def _since(person: Person) -> tuple[str, ...]:
    """The moment at which the person's hold began, as JSON; empty where there is none."""
    return tuple([witness.moment_said(fact.happened_at) for fact in person.facts if fact.kind in DATED])


def _unnamed(past: PastContact, point: str, account: str) -> PastContact:
    return past._replace(
        point=witness.OWN_POINT if past.point == point else past.point,
        debts=(witness.OWN_ACCOUNT,) if past.debts == (account,) else past.debts,
    )
