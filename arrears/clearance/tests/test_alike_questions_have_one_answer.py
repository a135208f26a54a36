"""In bulk, questions that are alike are answered once: each still has the answer it would have alone.

A crowd is one person and others like them but for one thing, whatever it is: what is taken for
alike and is not shows as somebody else's answer, or as somebody else's words on record.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arrears.casebook.types import Fact, FactKind
from arrears.clearance import alike
from arrears.clearance.alike import Bulk, bulk_of
from arrears.clearance.casting import Decided, answers_sheet, decide, written
from arrears.clearance.dossiers import Person
from arrears.clearance.types import Asking, PastContact, Proposal
from arrears.evidence.types import written_out

NOON = datetime(2026, 6, 10, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
BOOKS = ["cn.card_issuer", "us.third_party_collector", "hk.bank"]
CAPS = {
    "cn.cba2026.attempts_per_point": "most: 1",
    "cn.gbt45251.conversations": "most: 1",
    "house.messages_per_day": "most: 1",
    "hk.cobp.conversations": "most: 1",
    "us.regf.calls_in_seven_days": "most: 1, days: 7",
}
Case = tuple[Asking, Person]

names = st.sampled_from(["A1", "A2", "work-1"])
# Today and on other days, before noon and after it.
moments = st.sampled_from([NOON - 3 * HOUR, NOON - 2 * HOUR, NOON + HOUR, NOON - 30 * HOUR, NOON + 20 * HOUR])
debts = st.sampled_from([(), ("A1",), ("A2",), ("A1", "A2")])
place_words = st.builds(
    "({},{},{},issuer,collect,{},{})".format,
    st.sampled_from(["sms", "call"]),
    st.sampled_from(["out", "in"]),
    st.sampled_from(["debtor", "spouse"]),
    st.sampled_from(['""', "no_answer", "conversation"]),
    st.sampled_from(["{}", "{}", '"{""debts"": [""A1""]}"', '"{""consent"": true}"']),
)
places = st.tuples(
    st.just("C1"), st.just("key"), st.none() | names, st.just("") | names, moments, place_words
)
contacts = st.builds(
    PastContact,
    at=moments,
    channel=st.sampled_from(["call", "sms"]),
    direction=st.sampled_from(["out", "in"]),
    to=st.sampled_from(["debtor", "spouse"]),
    point=st.none() | names,
    by=st.sampled_from(["issuer", "agency:A"]),
    debts=debts,
    outcome=st.sampled_from(["no_answer", "conversation"]),
    purpose=st.sampled_from(["collect", "callback"]),
    consent=st.booleans(),
)
# Talked to this morning, all but: one thing different, and it counts.
TALKED_TO = PastContact(NOON - 3 * HOUR, "call", point="A3", debts=("A1",), outcome="conversation")
NEARLY = [
    TALKED_TO._replace(outcome="no_answer"),
    TALKED_TO._replace(direction="in"),
    TALKED_TO._replace(to="spouse"),
    TALKED_TO._replace(purpose="callback"),
    TALKED_TO._replace(at=NOON - 30 * HOUR),
]
DIFFERENT = {
    "at": [NOON - 2 * HOUR, NOON - 30 * HOUR, NOON + 20 * HOUR],
    "channel": ["sms"],
    "direction": ["in", "out"],
    "to": ["spouse", "debtor"],
    "point": ["A1", "A2", None],
    "debts": [(), ("A2",), ("A1", "A2")],
    "outcome": ["conversation", "no_answer"],
    "purpose": ["callback", "collect"],
    "consent": [True],
}
WHAT_WAS_SAID = {
    FactKind.ASKED_HOURS: [{"hours": "14:00-20:00"}, {"hours": "08:00-13:00"}],
    FactKind.OPTED_OUT: [{"channel": "sms"}, {"channel": "call"}],
    FactKind.OBJECTION: [{}, {"until": "2026-06-09"}],
    FactKind.COMPLAINT: [{}],
    FactKind.INCONVENIENT_PLACE: [{"place": "A1"}, {"place": "work"}],
    FactKind.MAY_BE_IN: [{"zones": ["Asia/Urumqi"]}, {"zones": ["America/New_York"]}],
}
happened = st.sampled_from([NOON - 3 * HOUR, NOON - 4 * HOUR, NOON - 30 * HOUR, NOON + 20 * HOUR])
accounts = st.none() | st.sampled_from(["A1", "A2"])


def fact(kind: FactKind, payload: dict, at: datetime, account: str | None) -> Fact:
    return Fact(f"{kind}{payload}{at}{account}", kind, at, at, "C1", account, payload, "test")


facts = st.sampled_from(list(WHAT_WAS_SAID)).flatmap(
    lambda kind: st.builds(fact, st.just(kind), st.sampled_from(WHAT_WAS_SAID[kind]), happened, accounts)
)


@st.composite
def cases(draw: st.DrawFn, on_record: str) -> Case:
    own = draw(st.sampled_from(["A1", "A2"]))
    proposal = Proposal(
        at=draw(st.sampled_from([NOON, NOON, NOON, NOON + 11 * HOUR])),
        channel=draw(st.sampled_from(["call", "call", "call", "sms"])),
        point=draw(names),
        debts=draw(st.sampled_from([(own,), (own,), ()])),
    )
    person = Person(
        draw(st.sampled_from(["Asia/Shanghai", "Asia/Shanghai", "Asia/Shanghai", "America/New_York"])),
        draw(st.lists(facts, min_size=1, max_size=2)) if on_record == "facts" else [],
        draw(
            st.sampled_from([[("", past)] for past in NEARLY])
            | st.lists(st.tuples(st.just(""), contacts), min_size=1, max_size=2)
        )
        if on_record == "contacts"
        else [],
        draw(st.just([]) | st.lists(places, max_size=2))
        if on_record != "places"
        else draw(st.lists(places, min_size=1, max_size=2)),
    )
    return Asking("key", "C1", proposal, own), person


OF_THE_QUESTION = 5  # of the twists below


def another(case: Case, draw: st.DrawFn) -> Case:
    """The same but for one thing."""
    asking, person = case
    twists: list[Callable[[], Case]] = [
        lambda: (replace(asking, proposal=replace(asking.proposal, point=draw(names))), person),
        lambda: (_about("A1" if asking.account_ref == "A2" else "A2", asking), person),
        lambda: (replace(asking, proposal=replace(asking.proposal, debts=())), person),
        lambda: (replace(asking, valid_for=timedelta(minutes=15)), person),
        lambda: (asking, person._replace(zone="Asia/Tokyo")),
        *(lambda n=n: (asking, _other_fact(person, n, draw)) for n in range(len(person.facts))),
        *(lambda n=n: (asking, _other_contact(person, n, draw)) for n in range(len(person.contacts))),
        *(lambda n=n: (asking, _other_place(person, n, draw)) for n in range(len(person.places))),
    ]
    of_the_record = twists[OF_THE_QUESTION:]
    return draw(st.sampled_from(twists) | st.sampled_from(of_the_record or twists))()


def _about(account: str, asking: Asking) -> Asking:
    debts = asking.proposal.debts and (account,)
    return replace(asking, account_ref=account, proposal=replace(asking.proposal, debts=debts))


def _other_fact(person: Person, number: int, draw: st.DrawFn) -> Person:
    old = person.facts[number]
    new = draw(
        st.sampled_from(
            [
                lambda: old._replace(payload=draw(st.sampled_from(WHAT_WAS_SAID[old.kind]))),
                lambda: old._replace(happened_at=draw(happened)),
                lambda: old._replace(account_ref=draw(accounts)),
            ]
        )
    )()
    return person._replace(facts=[*person.facts[:number], new, *person.facts[number + 1 :]])


def _other_contact(person: Person, number: int, draw: st.DrawFn) -> Person:
    key, old = person.contacts[number]
    new, field = draw(contacts), draw(st.sampled_from(PastContact._fields))
    changed = old._replace(**{field: getattr(new, field)})
    return person._replace(
        contacts=[*person.contacts[:number], (key, changed), *person.contacts[number + 1 :]]
    )


def _other_place(person: Person, number: int, draw: st.DrawFn) -> Person:
    old, new, part = person.places[number], draw(places), draw(st.integers(2, 5))
    changed = (*old[:part], new[part], *old[part + 1 :])
    return person._replace(places=[*person.places[:number], changed, *person.places[number + 1 :]])


@st.composite
def crowds(draw: st.DrawFn, on_record: str) -> list[Case]:
    case = draw(cases(on_record))
    others = [another(case, draw) for _ in range(draw(st.integers(2, 8)))]
    return draw(st.permutations([case, *others, case]))


@pytest.fixture(scope="session")
def tight(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One contact a day, so that each makes a difference to the next."""
    folder = tmp_path_factory.mktemp("policy")
    rules = [
        f"- {{rule: {rule}, from: 2026-01-01, value: {{{value}}}, reason: {{zh: 严, en: strict}}}}"
        for rule, value in CAPS.items()
    ]
    text = f"title: {{zh: 从严, en: stricter}}\nbooks: {BOOKS}\ntighten:\n" + "\n".join(rules) + "\n"
    (folder / "own.yaml").write_text(text, "utf-8")
    return folder


def bodies(decided: list[Decided]) -> list[str]:
    sheet = answers_sheet(now=NOON)
    written(decided, sheet, now=NOON)
    return [written_out(sheet.moulds(), line)[1] for line in sheet.lines]


def differences(crowd: list[Case], book: str, policy: Path, bulk: Bulk | None = None) -> list[str]:
    """What is said of each in bulk and would not be said of it alone."""
    rules = {"book": book, "policy": (policy,)}
    bulk = bulk or Bulk(**rules)
    together = [bulk.decide(asking, person, "key") for asking, person in crowd]
    alone = [decide(asking, person, "key", **rules) for asking, person in crowd]
    said = zip(together, alone, bodies(together), bodies(alone), strict=True)
    return [
        f"{crowd[place]}: {one.answer} {body}, alone {other.answer} {its_body}"
        for place, (one, other, body, its_body) in enumerate(said)
        if (one.answer, one.cast.row, body) != (other.answer, other.cast.row, its_body)
    ]


@pytest.mark.parametrize("on_record", ["places", "contacts", "facts"])
@pytest.mark.parametrize("book", BOOKS)
@settings(max_examples=150, suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.data())
def test_each_of_a_crowd_is_answered_as_if_asked_alone(
    tight: Path, book: str, on_record: str, data: st.DataObject
) -> None:
    assert differences(data.draw(crowds(on_record)), book, tight) == []


@pytest.mark.parametrize("most_kept", [2, alike.MOST_KEPT])
@settings(max_examples=150, suppress_health_check=list(HealthCheck), deadline=None)
@given(crowd=st.sampled_from(["places", "contacts", "facts"]).flatmap(crowds))
def test_what_earlier_crowds_were_told_makes_no_difference(
    tight: Path, most_kept: int, crowd: list[Case]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alike, "MOST_KEPT", most_kept)
        assert differences(crowd, BOOKS[0], tight, bulk_of(BOOKS[0], (tight,))) == []


@pytest.mark.parametrize("book", BOOKS)
@pytest.mark.parametrize("nearly", NEARLY)
@pytest.mark.parametrize("beside", [[], [("", TALKED_TO)]], ids=["alone", "after a talk"])
def test_a_contact_with_one_thing_different_is_another(
    tight: Path, book: str, nearly: PastContact, beside: list[tuple[str, PastContact]]
) -> None:
    own = Asking("key", "C1", Proposal(at=NOON, channel="call", point="A1", debts=("A1",)), "A1")
    for field, values in DIFFERENT.items():
        others = [nearly._replace(**{field: value}) for value in values]
        pairs = [[nearly, other, nearly, other] for other in others]
        for pair in pairs:
            crowd = [(own, Person("Asia/Shanghai", (), [*beside, ("", past)])) for past in pair]
            assert differences(crowd, book, tight) == []
            assert differences(crowd[1:], book, tight) == []
