"""What each page of the desk shows: one question a page, a handful of queries each."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings

from arrears.arrangements import queries as arrangements
from arrears.care import queries as care
from arrears.casebook import queries as casebook
from arrears.casebook.types import AccountHistory, Fact, FactKind, MoneyNotice, Person, UnmatchedMoney
from arrears.clearance import queries as clearance
from arrears.clearance.types import Asking, HourCount, Proposal
from arrears.clearance.words import in_words
from arrears.contact import queries as contact
from arrears.daily import queries as daily
from arrears.delinquency import queries as delinquency
from arrears.delinquency.types import BUCKETS, Standing
from arrears.desk.agreeing import queries as agreeing
from arrears.desk.timeline import said_of, timeline
from arrears.desk.types import (
    CasePage,
    CompliancePage,
    Entry,
    FlipTable,
    InDoubt,
    MapHour,
    MatchPage,
    MatterPage,
    MattersPage,
    Overview,
    Reach,
    RoundPage,
    StatementPage,
    Twins,
    Unmatched,
    WordsFound,
    WordsSeen,
    WorkList,
    WorkRow,
)
from arrears.evidence import queries as evidence
from arrears.insights import charts
from arrears.insights import queries as insights
from arrears.intake import queries as intake
from arrears.intake.types import CollectionSeen, RefusedInFull, Reject, StatementTaken, Suggestion
from arrears.kernel.clock import HOUSE_ZONE
from arrears.kernel.days import at_clock
from arrears.kernel.trouble import Trouble
from arrears.kernel.words import Words
from arrears.look.say import local_day
from arrears.reckoning import queries as reckoning
from arrears.reckoning.types import Owed
from arrears.strategy import queries as strategy
from arrears.strategy.ladder import load_ladder
from arrears.strategy.types import CaseRow, Wanted

CHANNELS_OF = {"mobile": ("call", "sms"), "email": ("email",)}
CHANNEL_ORDER = ("call", "sms", "email")
PAGE = 50  # cases on one page of the work list
MOST_COUNTED = 1000  # cases are counted no further: the overview has the whole number
MOST_DELIVERIES = 5
MOST_REJECTS = 300
MOST_ENTRIES = 60  # of the timeline, unless more are asked for
MOST_CONTACTS = 50  # a complaint may be about
MOST_NEAR = 20  # near misses shown
DARKEST = 4  # steps of the map
MOST_WORDS = 3  # texts with words to look at again, on a case
MOST_QUESTIONED = 100  # ... and on the supervisors' page

MOST_STRAYS = 200  # sums shown at once, the oldest first
MOST_ACCOUNTS = 8  # answers to a search for an account


class NotKnown(Trouble):
    """The casebook does not know this account."""


def work_list(*, wanted: Wanted, after: str = "") -> WorkList:
    """One page of the work list, behind the account `after`."""
    cases = strategy.work_list(limit=PAGE + 1, after=after, wanted=wanted)
    shown = cases[:PAGE]
    holds = casebook.holds_on(case.customer_ref for case in shown)
    planned = strategy.planned_contacts(case.account_ref for case in shown)
    return WorkList(
        rows=[
            WorkRow(case, holds.get(case.customer_ref, []), *planned.get(case.account_ref, ("", None)))
            for case in shown
        ],
        count=strategy.work_count(wanted, most=MOST_COUNTED + 1),
        most_counted=MOST_COUNTED,
        wanted=wanted,
        steps=[(step.id, step.title.words()) for step in load_ladder().steps if step.priority],
        next_after=shown[-1].account_ref if len(cases) > PAGE and not wanted.search else "",
    )


def next_case(after: str) -> str | None:
    """The account that comes behind `after` in the work list."""
    found = strategy.work_list(limit=1, after=after)
    return found[0].account_ref if found else None


def line_of(account_ref: str) -> CaseRow | None:
    """An account in one line."""
    return strategy.case_of(account_ref)


def hold(account_ref: str, key: str) -> Fact | None:
    """The hold of that key on the account's customer, if it still stands."""
    line = strategy.case_of(account_ref)
    standing = casebook.holds_on([line.customer_ref]).get(line.customer_ref, []) if line else []
    return next((fact for fact in standing if fact.key == key), None)


def accounts_like(text: str) -> list[CaseRow]:
    """A few accounts whose name, customer or number fits `text`."""
    return strategy.work_list(limit=MOST_ACCOUNTS, wanted=Wanted(search=text)) if text else []


def case(
    account_ref: str, *, now: datetime, today: date, language: str, shown: str, everything: bool
) -> CasePage:
    """Everything about one account. Raises NotKnown."""
    history, row = casebook.history_of(account_ref), strategy.case_of(account_ref)
    if history is None or row is None:
        raise NotKnown(f"there is no account {account_ref}")
    person = casebook.persons([history.customer_ref])[history.customer_ref]
    standing = delinquency.standing_of(account_ref)
    as_of = day_of(standing, today)
    owed, because = _owed(history, as_of)
    entries = _timeline(history, as_of=as_of, language=language)
    narrowed = [entry for entry in entries if not shown or entry.group == shown]
    most = len(narrowed) if everything else MOST_ENTRIES
    holds = casebook.holds_on([history.customer_ref]).get(history.customer_ref, [])
    return CasePage(
        account=history,
        person=person,
        now=now,
        as_of=as_of,
        case=row,
        standing=standing,
        owed=owed,
        not_reckoned_because=because,
        reach=_reach(person, account_ref, now=now),
        holds=[(fact, said_of(fact, language)) for fact in holds],
        findings=daily.findings_of(account_ref),
        words=[
            words_of(fact)
            for fact in reversed(casebook.facts_of(history.customer_ref))
            if fact.kind is FactKind.WORDS_QUESTIONED and fact.account_ref == account_ref
        ][:MOST_WORDS],
        agreements=agreeing.card(account_ref, on=as_of, held=bool(holds)),
        other_accounts=[
            other for other in strategy.cases_of(history.customer_ref) if other.account_ref != account_ref
        ],
        movements={movement.ref: movement for movement in history.movements},
        timeline=narrowed[:most],
        shown=shown,
        more=max(len(narrowed) - most, 0),
    )


def words_of(fact: Fact) -> WordsSeen:
    """What the guard found, as a page shows it."""
    told = [
        WordsFound(
            phrase=str(each["phrase"]),
            title=Words(**each["title"]),
            better=Words(**each["better"]),
            reference=str(each["reference"]),
            stops=each["severity"] == "stop",
        )
        for each in fact.payload["findings"]
    ]
    return WordsSeen(fact, bool(fact.payload["sent"]), told)


def words_to_look_at() -> list[WordsSeen]:
    """What the guard found lately in all agents' words, newest first."""
    return [
        words_of(fact) for fact in casebook.latest_facts(FactKind.WORDS_QUESTIONED, limit=MOST_QUESTIONED)
    ]


def day_of(standing: Standing | None, today: date) -> date:
    """The day to reckon on: the house's, and never before money it has already counted."""
    day = daily.house_day(today)
    return max(day, standing.as_of) if standing else day


def _reach(person: Person, account_ref: str, *, now: datetime) -> list[Reach]:
    """What the gate would say of each way to reach the person now. No place is taken."""
    ways = sorted(
        ((channel, point.value) for point in person.points for channel in CHANNELS_OF.get(point.kind, ())),
        key=lambda way: CHANNEL_ORDER.index(way[0]),
    )
    askings = [
        Asking("", person.ref, Proposal(now, channel, point=point, debts=(account_ref,)), account_ref)
        for channel, point in ways
    ]
    verdicts = clearance.would_clear_each(askings, book=settings.RULE_BOOK, now=now)
    return [
        Reach(
            channel,
            point,
            verdict.cleared,
            in_words(verdict, zone=person.zone),
            verdict.overridable,
            verdict.until if verdict.cleared else verdict.cured_at,
        )
        for (channel, point), verdict in zip(ways, verdicts, strict=True)
    ]


def _owed(history: AccountHistory, as_of: date) -> tuple[Owed | None, str]:
    try:
        return reckoning.owed(history=history, as_of=as_of), ""
    except Trouble as trouble:
        return None, str(trouble)


def _timeline(history: AccountHistory, *, as_of: date, language: str) -> list[Entry]:
    ours = (None, history.ref)
    facts = [fact for fact in casebook.facts_of(history.customer_ref) if fact.account_ref in ours]
    messages = [each for each in contact.messages_of(history.customer_ref) if each.account_ref in ours]
    return timeline(
        history=history,
        facts=facts,
        flips=delinquency.flips_of(history.ref),
        proposals=strategy.proposals_of(history.ref),
        messages=messages,
        as_of=as_of,
        language=language,
    )


def unmatched() -> Unmatched:
    """Money that wants a person, oldest first."""
    twins = [
        Twins(
            account_ref=pair.notice.account.ref,
            customer_name=pair.notice.account.customer.name,
            currency=pair.notice.account.currency,
            cents=pair.notice.cents,
            notice_ref=pair.notice.ref,
            notice_date=pair.notice.posted_date,
            book_ref=pair.book.ref,
            book_date=pair.book.posted_date,
        )
        for pair in casebook.money_to_check()
    ]
    strays = casebook.unmatched_money()
    shown = strays[:MOST_STRAYS]
    proposed = _proposals(shown)
    return Unmatched(
        strays=[(money, next(iter(proposed[money.ref]), None)) for money in shown],
        twins=twins,
        perhaps_twice=casebook.perhaps_twice(),
        back_waiting=casebook.money_back_waiting(),
        credits=delinquency.in_credit(),
        refused=intake.notices_refused(),
        flagged_statements=intake.flagged_statements(),
        accounts_in_doubt=intake.doubts_counted(),
    )


_DUES = (
    ("minimum_due_cents", Words(zh="最低还款额", en="minimum due")),
    ("overdue_cents", Words(zh="逾期金额", en="overdue amount")),
    ("statement_balance_cents", Words(zh="账单金额", en="statement balance")),
    ("owed_cents", Words(zh="全部欠款", en="whole debt")),
)


_INSTALMENT = Words(zh="分期协议的一期", en="instalment of its agreement")
INSTALMENT_DAYS = 10  # before or after the day it is due


def _proposals(monies: Sequence[UnmatchedMoney]) -> dict[str, list[Suggestion]]:
    """By money: whose it might be, the likeliest first."""
    sums = {money.ref: (money.cents, money.currency, money.received_date) for money in monies}
    by_sum = arrangements.instalments_of(sums.values(), days=INSTALMENT_DAYS)
    alone = {ref: by_sum[one] for ref, one in sums.items() if one in by_sum}
    near = intake.candidates(monies, instalments=alone)
    standings = delinquency.standings({each.account for many in near.values() for each in many})
    dues = {
        standing.account_ref: [(words, getattr(standing, name) or 0) for name, words in _DUES]
        for standing in standings
    }
    return {
        money.ref: intake.rank(
            money, near[money.ref], _with_instalment(dues, alone.get(money.ref), money.cents)
        )
        for money in monies
    }


def _with_instalment(
    dues: Mapping[str, list[tuple[Words, int]]], account_ref: str | None, cents: int
) -> Mapping[str, list[tuple[Words, int]]]:
    if account_ref is None:
        return dues
    return {**dues, account_ref: [(_INSTALMENT, cents), *dues.get(account_ref, [])]}


def statements() -> list[StatementTaken]:
    """Bank statements taken in, those that do not add up first."""
    return intake.statements()


def in_doubt() -> InDoubt:
    """Statements that do not add up, and accounts that stand aside, each with what to do next."""
    accounts = intake.in_doubt()
    owners = casebook.owners_of(one.account_ref for one in accounts)
    people = casebook.persons(owners.values())
    named = [
        (one, people[owners[one.account_ref]].name if one.account_ref in owners else "") for one in accounts
    ]
    return InDoubt(intake.statements_flagged(), named, intake.doubts_counted())


def statement(key: int) -> StatementPage | None:
    """One bank statement with its entries."""
    found = intake.statement(key)
    return StatementPage(*found) if found else None


def cash_taken(number: str) -> tuple[MoneyNotice, str] | None:
    """The cash of a receipt and its account; None where there is none, or nobody's account has it."""
    found, account_ref = casebook.money_notified([f"cash:{number}"]).get(f"cash:{number}", (None, None))
    return (found, account_ref) if found and account_ref else None


def debits() -> list[CollectionSeen]:
    """Direct debits and what became of them, the newest first."""
    return intake.collections_seen(limit=300)


def notice_refused(key: int) -> RefusedInFull | None:
    """A wallet's notice that was not believed, as it came."""
    return intake.notice_refused(key)


def match(money_ref: str, *, search: str, account: str) -> MatchPage | None:
    """One stray sum with the accounts that fit `search`; None once it is matched."""
    money = next(iter(casebook.unmatched_money(money_ref)), None)
    if money is None:
        return None
    proposals = _proposals([money])[money.ref]
    chosen = strategy.case_of(account) if account else None
    asked = search or ("" if chosen else money.account_given or money.payer_name)
    return MatchPage(money, asked, accounts_like(asked), chosen, proposals)


def round_page(day: date | None) -> RoundPage:
    """The report of that day's round, or of the latest."""
    report = daily.round_of(day) if day else daily.latest_round()
    flips = _flip_table(report.flips if report else ())
    return RoundPage(report, daily.round_days(), flips, _with_rejects())


def _with_rejects() -> list[tuple[int, str, datetime, int]]:
    found = intake.latest_with_rejects(MOST_DELIVERIES)
    return [(each.pk, each.source, each.begun_at, _set_aside(each.counts)) for each in found]


def _set_aside(counts: Mapping[str, Any]) -> int:
    """Payments count in one table, card books in several."""
    tables = [counts] if "set_aside" in counts else list(counts.values())
    return sum(table.get("set_aside", 0) for table in tables)


def rejects(number: int) -> list[Reject]:
    """Rows one delivery set aside, each with its place and reason; the first few hundred."""
    return intake.rejects_of(number, limit=MOST_REJECTS)


def _flip_table(flips: Iterable[tuple[str | None, str, int]]) -> FlipTable:
    counts: Counter[tuple[str, str]] = Counter()
    for before, after, count in flips:
        counts[before or "M0", after] += count
    befores, afters = ({pair[side] for pair in counts} for side in (0, 1))
    columns = [bucket for bucket in BUCKETS if bucket in afters]
    rows = [
        (before, [(after, counts[before, after]) for after in columns])
        for before in BUCKETS
        if before in befores
    ]
    return FlipTable(columns, rows)


def overview(today: date) -> Overview:
    """The book at a glance."""
    day = daily.house_day(today)
    return Overview(
        report=daily.latest_round(),
        waiting=strategy.work_count(),
        on_hold=strategy.work_count(Wanted(held=True)),
        stray=len(casebook.unmatched_money()),
        to_check=len(casebook.money_to_check()),
        rolls=insights.roll_rates(),
        contacts=insights.contacts_by_outcome(day - timedelta(days=6), day),
    )


def matters(today: date) -> MattersPage:
    """What waits for an answer, and what the bureau must be told."""
    on = daily.house_day(today)
    return MattersPage(on, care.open_matters(), care.late_count(on), care.bureau_notices())


def matter(ref: str, today: date) -> MatterPage:
    """One matter with its clock. Raises care's NotKnown."""
    seen = care.matter(ref)
    history = casebook.history_of(seen.account_ref) if seen.account_ref else None
    clock = care.clock_of(seen.kind)
    value = clock.on(local_day(seen.raised_at))
    return MatterPage(
        on=daily.house_day(today),
        matter=seen,
        person=casebook.persons([seen.customer_ref])[seen.customer_ref],
        currency=history.currency if history else "CNY",
        clock=clock,
        more_time=value.extensions[seen.extended :] if value else (),
        ends=care.ends_of(seen.kind),
    )


def contacts_with(account_ref: str) -> list[Fact]:
    """The contacts a complaint may be about, newest first."""
    customer_ref = casebook.owner_of(account_ref)
    made = casebook.facts_about([customer_ref], kinds=[FactKind.CONTACT_MADE]).get(customer_ref, [])
    return made[::-1][:MOST_CONTACTS]


def compliance(days: int, today: date) -> CompliancePage:
    """How contact was kept within the law over the last `days` days of the house."""
    until = daily.house_day(today)
    first = until - timedelta(days=days - 1)
    since, before = (at_clock(day, time(0), zone=HOUSE_ZONE) for day in (first, until + timedelta(days=1)))
    quiet = clearance.quiet_hours(settings.RULE_BOOK, until)
    hours = _map_of(clearance.contacts_by_hour(since=since, before=before), quiet)
    near_count, near = clearance.near_misses(since=since, before=before, most=MOST_NEAR)
    return CompliancePage(
        since=first,
        until=until,
        days=days,
        answers=clearance.answers_between(since=since, before=before),
        rules=clearance.refusals_by_rule(since=since, before=before),
        hours=hours,
        made_in_quiet=sum(row.made for row in hours if row.quiet),
        near_count=near_count,
        near=near,
        outside=casebook.contacts_outside_leave(since=since, before=before),
        overrides=clearance.overrides(since=since, before=before),
        holds=casebook.holds_counted(),
        evidence=evidence.state(),
    )


def _map_of(counts: Sequence[HourCount], quiet: Collection[int]) -> list[MapHour]:
    """Every hour of the day, Monday to Sunday; darker is more, of the week's fullest hour."""
    found = {(count.hour, count.weekday): count for count in counts}
    most = max((count.made for count in counts), default=0)
    rows = []
    for hour in range(24):
        week = [found.get((hour, weekday), HourCount(weekday, hour, 0, 0)) for weekday in range(7)]
        cells = [(each.made, each.stopped, -(-each.made * DARKEST // most) if most else 0) for each in week]
        made, stopped = (sum(cell[side] for cell in cells) for side in (0, 1))
        rows.append(MapHour(hour, hour in quiet, cells, made, stopped))
    return rows


def chart(name: str, *, today: date, language: str, width: int, dark: bool) -> str | None:
    """One picture of the book as SVG; None for a name nobody knows."""
    day = daily.house_day(today)
    if name == "buckets":
        book = insights.book_by_bucket(day)
        return charts.book_by_bucket_chart(book, language=language, width=width, dark=dark)
    if name == "money":
        money = insights.money_by_bucket(day)
        most = max(money, key=lambda row: row.owed_cents).currency if money else "CNY"
        return charts.money_by_bucket_chart(money, currency=most, language=language, width=width, dark=dark)
    if name == "rolls":
        return charts.roll_rate_heatmap(insights.roll_rates(), language=language, width=width, dark=dark)
    return None
