"""The daily run: what yesterday's night carried over, and today's rows.

In: the folder of a night that kept what it carries (`Order.keep`), and a folder with the
day's new postings-NNNNN.parquet and statements-NNNNN.parquet (either may be missing for a
part), in account order. A part that has accounts-NNNNN.parquet there is new and is
reckoned whole. Out: the same files a whole night writes, and what is carried on.

An account that cannot go on from yesterday (a posting of an earlier day, one that undoes
another, changed terms) is reckoned from its whole history where `history` names the
complete book; without it, it is set aside and says so. The answers equal the whole
night's to the cent.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from arrears.kernel.trouble import Place
from arrears.reckoning import keeping, night, supplied_rows
from arrears.reckoning.arrow import Refs, TermsOfBook, UnableToReadBook, arrays_of, refs_of
from arrears.reckoning.bulk import Answers, Ints
from arrears.reckoning.core import head_terms, rate_rows

SetAside = tuple[str, str, str]  # account, posting, reason


@dataclass(frozen=True, slots=True)
class NextDay:
    """What to go on from, and with what."""

    yesterday: Path
    today: Path
    as_of: date
    out: Path
    labels: night.Labels = field(default_factory=dict)
    history: Path | None = None  # the complete book, today's rows included
    workers: int = 0

    def order(self) -> night.Order:
        """The same as an order for the night, for what both share."""
        return night.Order(
            self.today, self.as_of, self.out, self.labels, self.yesterday, self.workers, keep=True
        )


def reckon_next_day(day: NextDay, *, done: Callable[[int], None] = lambda _: None) -> night.Night:
    """Reckon every part of yesterday's night one day on.

    Raises UnableToReadBook where yesterday kept nothing, or is not before `as_of`.
    """
    carried_day = _carried_day(day)
    parts = sorted(file.stem.removeprefix("carried-") for file in day.yesterday.glob("carried-*.parquet"))
    new = sorted(file.stem.removeprefix("accounts-") for file in day.today.glob("accounts-*.parquet"))
    order = day.order()
    night.begin(order)
    found = night.Night(parts=len(parts) + len(new))
    with ThreadPoolExecutor(day.workers or night.cores()) as pool:
        jobs = [pool.submit(_reckon_part, day, part, carried_day, done) for part in parts if part not in new]
        jobs += [pool.submit(night.reckon_part, order, part, done) for part in new]
        for job in as_completed(jobs):
            found.count(*job.result())
    night.list_set_aside(order, sorted({*parts, *new}))
    return found


def _carried_day(day: NextDay) -> date:
    state = night.read_state(day.yesterday)
    carried = date.fromisoformat(state.get("as_of", "9999-12-31"))
    if not any(day.yesterday.glob("carried-*.parquet")):
        raise UnableToReadBook(
            "carried nothing over", do="Run the night before with --keep.", at=Place(str(day.yesterday))
        )
    if carried >= day.as_of:
        raise UnableToReadBook(
            f"is the night of {carried}, not before {day.as_of}", at=Place(str(day.yesterday))
        )
    if state.get("carried_by") != keeping.reckoner():
        raise UnableToReadBook(
            "was carried over by another version of Arrears, which wrote it down differently",
            do="Reckon the whole book once more with --keep (`arrears book reckon`), and go on from there.",
            at=Place(str(day.yesterday)),
        )
    return carried


def _reckon_part(day: NextDay, part: str, carried_day: date, done: Callable[[int], None]) -> night.Counted:
    order, counted = day.order(), night.Night()
    terms, terms_before = TermsOfBook(day.as_of), TermsOfBook(carried_day)
    before = night.Before(day.yesterday, part, day.labels)
    history = History(day.history, part) if day.history else None
    with night.writing_part(order, part) as (rows, answers_to, carried_to):
        for batch, carried in _batches(day, part):
            answers, aside, keeps = _go_on(batch, carried, terms, terms_before, carried_day, day, history)
            rows.writerows(aside)
            answers_to.write_table(night.answer_table(batch.refs, answers, day.labels, before))
            carried_to.write_table(keeping.carried_table(batch, keeps))
            counted.count(*night.counted(batch, answers))
            done(len(batch.refs.names))
    return counted.accounts, counted.postings, counted.set_aside, counted.totals


def _batches(day: NextDay, part: str) -> Iterator[tuple[night.Batch, keeping.Carried]]:
    """What each account carried, with its rows of today."""
    name = str(day.yesterday / f"carried-{part}.parquet")
    file = pq.ParquetFile(name, read_dictionary=["account", "product", "currency", "terms"])
    postings = night.following(day.today, "postings", part)
    statements = night.following(day.today, "statements", part)
    supplied = night.following(day.today, "supplied", part)
    for group in range(file.num_row_groups):
        table = night.read_group(file, group, [*night.COLUMNS["accounts"], "carried"], name)
        refs = refs_of(table, file=name)
        posting_rows, first_posting = postings.rows_of(refs)
        statement_rows, first_cycle = statements.rows_of(refs)
        batch = night.Batch(
            refs, table, posting_rows, statement_rows, first_posting, first_cycle, *supplied.rows_of(refs)
        )
        yield batch, keeping.Carried.of(table["carried"])
    for table_read in (postings, statements, supplied):
        table_read.must_be_at_end()


def _go_on(
    batch: night.Batch, carried: keeping.Carried, terms: TermsOfBook, terms_before: TermsOfBook,
    carried_day: date, day: NextDay, history: "History | None",
) -> tuple[Answers, list[SetAside], keeping.Carried]:  # fmt: skip
    products, reasons = terms.numbered(batch.accounts)
    then, _ = terms_before.numbered(batch.accounts)
    book = arrays_of(
        batch.accounts, batch.postings, batch.statements, products, terms,
        first_posting=batch.first_posting, first_cycle=batch.first_cycle,
    )  # fmt: skip
    changed = _changed(products, then, terms, terms_before)
    by_bank = supplied_rows.told_of(batch) & ~carried.ever_owed()
    carried = carried.without(changed | by_bank)
    answers, keeps = keeping.go_on(book, carried, as_of=day.as_of, carried_day=carried_day)
    behind = np.flatnonzero(answers.trouble == keeping.NEEDS_HISTORY)
    aside = list(night.set_aside_rows(batch, answers, reasons))
    if len(behind) and history:
        names = set(batch.refs.names.take(pa.array(behind)).to_pylist())
        aside = [row for row in aside if row[0] not in names]
        answers = replace(answers, overdue_unknown=np.zeros(len(products), bool))
        keeps = _from_history(batch, behind, answers, keeps, history, day.as_of, aside)
    return answers, aside, keeps


def _changed(now: Ints, then: Ints, terms: TermsOfBook, terms_before: TermsOfBook) -> Ints:
    """The accounts whose terms are not what they were when they were carried over."""

    def same(place: int, before: int) -> bool:
        a, b = terms.terms[place], terms_before.terms[before]
        return head_terms(a) == head_terms(b) and rate_rows(a) == rate_rows(b)

    size = len(terms_before.terms) + 1
    distinct, which = np.unique(now.astype(np.int64) * size + then, return_inverse=True)
    known = [divmod(int(one) + 1, size) for one in distinct]  # then is -1 where there were none
    other = [place < 0 or before == 0 or not same(place, before - 1) for place, before in known]
    changed: Ints = np.array(other, bool)[which]
    return changed


class History:
    """The complete book, read along with a part of yesterday's night."""

    def __init__(self, folder: Path, part: str) -> None:
        self._folder = folder
        self._ahead = night.batches(folder, part) if part in night.part_numbers(folder) else iter(())
        self._now: night.Batch | None = None

    def of(self, wanted: pa.Array) -> Iterator[night.Batch]:
        """The accounts named, cut from the batches that hold them."""
        for whole in self._from_here():
            some = _only(whole, wanted)
            if some is None:
                continue
            yield some
            wanted = wanted.filter(pc.invert(pc.is_in(wanted, value_set=some.refs.names)))
            if not len(wanted):
                return

    def _from_here(self) -> Iterator[night.Batch]:
        """Where the last ones were and what follows in the part; then the whole book, for those moved."""
        if self._now:
            yield self._now
        for ahead in self._ahead:
            self._now = ahead
            yield self._now
        for part in night.part_numbers(self._folder):
            yield from night.batches(self._folder, part)


def _from_history(
    batch: night.Batch, behind: Ints, answers: Answers, keeps: keeping.Carried, history: History, as_of: date,
    aside: list[SetAside],
) -> keeping.Carried:  # fmt: skip
    """Reckon these accounts whole; fills in their answers, what they carry and what is set aside of them."""
    for some in history.of(batch.refs.names.take(pa.array(behind))):
        again, reasons, kept = night.reckon_batch_keeping(some, TermsOfBook(as_of), as_of)
        aside += night.set_aside_rows(some, again, reasons)
        places = pc.index_in(some.refs.names, value_set=batch.refs.names).to_numpy()
        for name, column in answers.columns.items():
            column[places] = again.columns[name]
        if answers.overdue_unknown is not None and again.overdue_unknown is not None:
            answers.overdue_unknown[places] = again.overdue_unknown
        answers.trouble[places] = again.trouble
        answers.trouble_posting[places] = again.trouble_posting
        keeps = keeps.with_others(places, kept)
    return keeps


def _only(batch: night.Batch, wanted: pa.Array) -> night.Batch | None:
    """The part of a batch that belongs to some accounts."""
    mine = pc.is_in(batch.refs.names, value_set=wanted)
    if not pc.any(mine).as_py():
        return None
    refs = Refs(batch.refs.names.filter(mine))
    keep = mine.to_numpy(zero_copy_only=False)
    postings, first_posting = _rows_of(batch.postings, batch.first_posting, keep)
    statements, first_cycle = _rows_of(batch.statements, batch.first_cycle, keep)
    supplied, first_supplied = batch.supplied, batch.first_supplied
    if supplied is not None and first_supplied is not None:
        supplied, first_supplied = _rows_of(supplied, first_supplied, keep)
    return replace(
        batch, refs=refs, accounts=batch.accounts.filter(mine), postings=postings, statements=statements,
        first_posting=first_posting, first_cycle=first_cycle, supplied=supplied, first_supplied=first_supplied,
    )  # fmt: skip


def _rows_of(table: pa.Table, firsts: Ints, keep: Ints) -> tuple[pa.Table, Ints]:
    counts = np.diff(firsts)
    rows = table.filter(pa.array(np.repeat(keep, counts)))
    return rows, np.concatenate([[0], np.cumsum(counts[keep])]).astype(np.int64)
