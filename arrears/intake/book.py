"""Taking in a card book: read, check, settle, put on the shelf. Start reading here.

Nothing is visible before the last step: checked rows wait in a staging folder, the rejects
file and the delivery appear whole, and the `Delivery` is marked taken at the end. After a
kill the same input is simply taken in again.
"""

import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings
from django.db import connection

from arrears.casebook import actions as casebook_actions
from arrears.casebook import queries as casebook
from arrears.intake import doubts, recognising
from arrears.intake.checking import Checked, Found, Target, check, passed_over
from arrears.intake.columns import BOOK, Layout
from arrears.intake.lines import UnableToRead
from arrears.intake.models import Delivery
from arrears.intake.reasons import DEPEND_ON_OTHERS
from arrears.intake.recognising import Input, Plan
from arrears.intake.rejects import RejectPile, rejects_path, write_rejects
from arrears.intake.settling import PLACE, Settling
from arrears.intake.sources import RawBatch
from arrears.intake.types import BookTaken, Counts, FileRead, Reject, Silent, Tell
from arrears.kernel.trouble import Place, Trouble
from arrears.kernel.words import Words
from arrears.portfolio import actions as portfolio
from arrears.portfolio import queries as portfolio_queries

ACCOUNTS_AT_ONCE = 5_000  # brought up to date in one go
ONE_INTAKE_AT_A_TIME = 7_311_002  # the advisory lock's number


class UnableToTakeIn(Trouble):
    """The delivery could not be taken in; nothing of it was."""


def take_book(
    *, path: Path, mapping: str | Path | None = None, now: datetime, tell: Tell | None = None
) -> BookTaken:
    """Take in a file or folder of the card book; the good rows go in, the others are set aside with reasons.

    mapping: a YAML file or the name of a known one; without it the files speak for themselves.
    The same input again changes nothing. Raises UnableToRead, WrongConfiguration or
    UnableToTakeIn; then nothing was taken.
    """
    plan = recognising.plan(path, mapping=mapping)
    if plan.is_for_payments:
        raise UnableToRead(
            "holds payments, not a card book", do=f"arrears intake payments {path}", at=Place(str(path))
        )
    with one_at_a_time():
        before = Delivery.objects.filter(digest=plan.digest, state="taken").order_by("-pk").first()
        if before and not before.waits_for_others:
            return _as_taken(before, seen_before=True)
        return _Taking(plan, now=now, tell=tell or Silent()).take()


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Files are compared with the book, so only one comes in at a time; a killed one lets go by itself."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s)", [ONE_INTAKE_AT_A_TIME])
        try:
            yield
        finally:
            cursor.execute("select pg_advisory_unlock(%s)", [ONE_INTAKE_AT_A_TIME])


@contextmanager
def staging_folder() -> Iterator[Path]:
    """A folder for what is not yet taken; whatever a killed intake left there goes."""
    folder = Path(settings.PORTFOLIO_FOLDER) / "staging"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Taking:
    """One delivery on its way in."""

    def __init__(self, plan: Plan, *, now: datetime, tell: Tell) -> None:
        self.plan, self.now, self.tell = plan, now, tell
        self.layouts = recognising.our_layouts()
        self.counts: dict[str, Counts] = defaultdict(Counts)
        self.files = [
            FileRead(entry.source.path.name, entry.source.survey.encoding.upper()) for entry in plan.inputs
        ]

    def take(self) -> BookTaken:
        with staging_folder() as folder:
            self.rejects = RejectPile(folder)
            self._stage(folder)
            try:
                return self._settle(folder)
            except duckdb.Error as problem:
                raise UnableToTakeIn(
                    f"the rows could not be compared with the book: {str(problem).splitlines()[0]}",
                    do="Is the disk full, or was a file of the portfolio damaged?",
                    at=Place(str(self.plan.path)),
                ) from problem

    def _stage(self, folder: Path) -> None:
        """Read and check every file; good rows go to the staging folder, others to the rejects."""
        with _Stage(folder, self.layouts) as stage:
            for number, entry in enumerate(self.plan.inputs):
                name, size = entry.source.path.name, entry.source.survey.size_bytes
                self.tell.begin(Words(zh=f"读取 {name}", en=f"Reading {name}"), size)
                for batch in entry.source.batches():
                    self._stage_batch(number, entry, batch, stage)
                    self.tell.advance(batch.bytes_read)
                entry.source.refuse_if_changed()

    def _stage_batch(self, number: int, entry: Input, batch: RawBatch, stage: "_Stage") -> None:
        checked = [(target, check(target, batch)) for target in entry.targets]
        bad = _first_reasons(checked)
        for row, (target, found, key) in bad.items():
            self._reject(number, int(batch.lines[row]), target, found, key)
        for line, shown, problem in batch.spoiled:
            self._reject(number, line, entry.targets[0], Found(None, shown, problem), ())
        for nth, (target, rows) in enumerate(checked):
            good = np.array([row not in bad for row in rows.rows], bool) if bad else None
            taken = stage.keep(target, rows, good, batch.lines, number, nth)
            count = self.counts[target.layout.name]
            count.read += len(rows.rows) - taken + len(batch.spoiled)
            count.set_aside += len(rows.rows) - taken + len(batch.spoiled)
        file = self.files[number]
        file.read += len(batch.lines) + len(batch.spoiled)
        file.set_aside += len(bad) + len(batch.spoiled)
        file.passed_over += passed_over(batch, [rows for _, rows in checked])

    def _reject(self, number: int, line: int, target: Target, found: Found, key: Sequence[str]) -> None:
        said = (found.column, found.value, found.wrong.code, found.wrong.words)
        named = (" ".join(cell for cell in key if cell), doubts.account_in(target.layout, found.wrong, key))
        self.rejects.add(number, Reject(self.files[number].name, line, target.layout.name, *said, *named))

    def _settle(self, folder: Path) -> BookTaken:
        """Compare, write the rejects, put the rest on the shelf."""
        self.tell.begin(Words(zh="与已有账册比对", en="Comparing with the book"), None)
        repeating = {t.layout.name for entry in self.plan.inputs for t in entry.targets if t.table.repeats}
        names = [file.name for file in self.files]
        settling = Settling(
            folder, self.layouts, file_names=names, repeating=repeating, digest=self.plan.digest
        )
        for refusal in settling.refusals():
            target = self.plan.inputs[refusal.file].targets[refusal.nth]
            found = Found(target.shown(refusal.column), refusal.value, refusal.wrong)
            self._reject(refusal.file, refusal.line, target, found, refusal.key)
            self.files[refusal.file].set_aside += 1
        for name, told in settling.compare_with_book().items():
            _add(self.counts[name], told)
        delivery = self._delivery()
        doubts.settle_those_come_good(settling, now=self.now)
        noted = doubts.kept(self.rejects.in_order(settling.connection), now=self.now)
        written = write_rejects(rejects_path(delivery), noted)
        delivery.rejects_file = rejects_path(delivery).name if written else ""
        delivery.portfolio_number = portfolio.add_delivery(
            tables=settling.fresh_tables(), digest=self.plan.digest
        )
        return self._finish(delivery)

    def _delivery(self) -> Delivery:
        return Delivery.objects.create(
            kind="book",
            source=str(self.plan.path)[:500],
            digest=self.plan.digest,
            mapping=self.plan.mapping[:200],
            begun_at=self.now,
        )

    def _finish(self, delivery: Delivery) -> BookTaken:
        delivery.counts = {name: asdict(self.counts[name]) for name in BOOK if self.counts[name].read}
        delivery.files = [asdict(file) for file in self.files]
        delivery.waits_for_others = sum(self.rejects.codes[code] for code in DEPEND_ON_OTHERS)
        delivery.state, delivery.taken_at = "taken", self.now
        touched = bring_up_to_date(digest=self.plan.digest, now=self.now)
        delivery.save()
        Delivery.objects.filter(digest=self.plan.digest, state="taking").update(state="killed")
        return replace(_as_taken(delivery), touched=touched)


def bring_up_to_date(*, digest: str, now: datetime) -> tuple[str, ...]:
    """Enter what an input brought for accounts the casebook has already; those accounts."""
    known = set(casebook.account_refs())
    if not known:
        return ()
    touched = sorted(known.intersection(portfolio_queries.accounts_in(digest=digest)))
    for start in range(0, len(touched), ACCOUNTS_AT_ONCE):
        rows = portfolio_queries.rows_for(touched[start : start + ACCOUNTS_AT_ONCE])
        casebook_actions.enter(rows=rows, now=now)
    return tuple(touched)


def finish_what_was_killed(*, now: datetime) -> tuple[str, ...]:
    """A book that reached the shelf before its intake was killed: the casebook still has to hear of it."""
    touched: list[str] = []
    for delivery in Delivery.objects.filter(kind="book", state="taking").order_by("pk"):
        touched += bring_up_to_date(digest=delivery.digest, now=now)
        delivery.state = "killed"
        delivery.save(update_fields=["state"])
    return tuple(dict.fromkeys(touched))


def _first_reasons(checked: list[tuple[Target, Checked]]) -> dict[int, tuple[Target, Found, list[str]]]:
    """By the record's place in the batch: a record is one unit, and its first wrong cell is its reason.

    With the cells of its key, as far as they could be read.
    """
    bad: dict[int, tuple[Target, Found, list[str]]] = {}
    for target, rows in checked:
        for at, found in rows.wrong.items():
            cells = (rows.columns[name][at].as_py() for name in target.layout.key)
            key = ["" if cell is None else str(cell) for cell in cells]
            bad.setdefault(int(rows.rows[at]), (target, found, key))
    return bad


def _add(count: Counts, told: Counts) -> None:
    for name, value in asdict(told).items():
        setattr(count, name, getattr(count, name) + value)


def _as_taken(delivery: Delivery, *, seen_before: bool = False) -> BookTaken:
    return BookTaken(
        number=delivery.pk,
        source=delivery.source,
        mapping=delivery.mapping,
        counts={name: Counts(**delivery.counts[name]) for name in BOOK if name in delivery.counts},
        files=tuple(FileRead(**file) for file in delivery.files),
        rejects_file=rejects_path(delivery) if delivery.rejects_file else None,
        seen_before=seen_before,
        portfolio_number=None if seen_before else delivery.portfolio_number,
    )


class _Stage:
    """Checked rows on disk, one Parquet file a table, each row with its place in the input."""

    def __init__(self, folder: Path, layouts: Mapping[str, Layout]) -> None:
        self._schemas = {name: pa.unify_schemas([PLACE, layouts[name].schema]) for name in BOOK}
        self._writers = {
            name: pq.ParquetWriter(folder / f"{name}.parquet", schema)
            for name, schema in self._schemas.items()
        }

    def __enter__(self) -> "_Stage":
        return self

    def __exit__(self, *_: object) -> None:
        for writer in self._writers.values():
            writer.close()

    def keep(
        self,
        target: Target,
        checked: Checked,
        good: np.ndarray | None,
        lines: np.ndarray,
        number: int,
        nth: int,
    ) -> int:
        """Stage the rows that are `good` (None: all); how many."""
        schema = self._schemas[target.layout.name]
        rows = len(checked.rows)
        place = [pa.array(np.full(rows, number, np.int16)), pa.array(lines[checked.rows])]
        place.append(pa.array(np.full(rows, nth, np.int16)))
        batch = pa.record_batch([*place, *checked.columns.values()], schema=schema)
        if good is not None:
            batch = batch.filter(pa.array(good))
        if batch.num_rows:
            self._writers[target.layout.name].write_batch(batch)
        return int(batch.num_rows)
