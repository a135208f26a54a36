"""The gate for one person, from facts in hand: nothing is read and nothing is kept.

For trials of millions of proposals. It answers as `actions.ask_many` would: the same
dossier from the same facts, the same look back, the same leave; a yes takes its place at once.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from pathlib import Path

from arrears.casebook.types import Fact
from arrears.clearance.core.dossier import CAPS_LOOK_BACK, LOST_LOOK_BACK, Dossier, dossier_of
from arrears.clearance.core.verdicts import leave_until, verdict_on
from arrears.clearance.core.vocabulary import person_of
from arrears.clearance.types import Asking, PastContact, Verdict
from arrears.rulebook.law import SHIPPED_POLICY

_at = attrgetter("at")


@dataclass(slots=True)
class Rehearsal:
    """One person at the gate. Facts and contacts are told in order of time.

    places: taken by a yes, by the asking's key, until the contact is made or given back.
    """

    book: str
    zone: str
    policy: tuple[Path, ...] = SHIPPED_POLICY
    facts: list[Fact] = field(default_factory=list)
    history: list[PastContact] = field(default_factory=list)
    places: dict[str, PastContact] = field(default_factory=dict)
    _known: Dossier | None = None

    def told(self, fact: Fact) -> None:
        """A fact was recorded."""
        self.facts.append(fact)
        self._known = None

    def made(self, contact: PastContact, key: str = "") -> None:
        """A contact was made under the place of that key, or received."""
        self.given_back(key)
        self.history.append(contact)

    def given_back(self, key: str) -> None:
        """The place is free again."""
        self.places.pop(key, None)

    def asked(
        self, askings: Sequence[Asking], *, cures: bool = True
    ) -> list[tuple[Verdict, datetime | None]]:
        """Each verdict, and for a yes its last moment; places taken count for those that follow.

        cures: whether a no says from when it would be a yes.
        """
        answers: list[tuple[Verdict, datetime | None]] = []
        for asking in askings:
            verdict = self._verdict(asking, cures=cures)
            leave = leave_until(asking, self._dossier().known, verdict) if verdict.cleared else None
            answers.append((verdict, leave))
            if verdict.cleared:
                self.places[asking.key] = planned(asking)
        return answers

    def still_clear(self, asking: Asking) -> bool:
        """Whether the gate would say yes again, everybody else's contacts and places counted."""
        return self._verdict(asking, cures=False).cleared

    def _verdict(self, asking: Asking, *, cures: bool) -> Verdict:
        said = self._dossier()
        taken = [place for key, place in self.places.items() if key != asking.key]
        dossier = Dossier(said.known, said.account_holds, (*self._recent(asking), *taken), said.no_facts)
        return verdict_on(asking, dossier, book=self.book, policy=self.policy, cures=cures)

    def _dossier(self) -> Dossier:
        if self._known is None:
            self._known = dossier_of(self.facts, zone=self.zone)
        return self._known

    def _recent(self, asking: Asking) -> list[PastContact]:
        outsider = person_of(asking.proposal.to) in {"third", "spouse"}
        since = asking.proposal.at - (LOST_LOOK_BACK if outsider else CAPS_LOOK_BACK)
        return self.history[bisect_left(self.history, since, key=_at) :]


def planned(asking: Asking) -> PastContact:
    """A place taken whose outcome is not known yet."""
    said = asking.proposal
    return PastContact(
        said.at, said.channel, said.direction, said.to, said.point, said.by, said.debts, "planned",
        said.purpose, said.consent,
    )  # fmt: skip
