"""How fast is the gate? Pure verdicts, proposals in bulk, and callers who each wait for one answer.

Everything is measured where it will be used: rows kept and committed in PostgreSQL with
its own durability (`synchronous_commit` and `fsync` as the server has them, and said).
The people are made here: most with nothing on record, some with holds, wishes, calls.
"""

import os
import random
import resource
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from django.db import connection, connections, transaction

from arrears.casebook.actions import enter, record_fact
from arrears.casebook.types import BookRows, FactKind
from arrears.clearance import actions
from arrears.clearance.core.verdicts import verdict_on
from arrears.clearance.dossiers import house_policy
from arrears.clearance.queries import dossiers
from arrears.clearance.types import Asking, Proposal

BOOK = "cn.card_issuer"
NOON = datetime(2026, 6, 10, 4, tzinfo=UTC)  # twelve in Shanghai
ROUND_CHUNK = 500  # cases the day's round decides in one transaction of its own


@dataclass(frozen=True, slots=True)
class Rate:
    """So many things done, in how long; CPU seconds of this process and of the database."""

    done: int
    seconds: float
    cpu_seconds: float
    server_cpu_seconds: float | None

    @property
    def a_second(self) -> float:
        return self.done / self.seconds


@dataclass(frozen=True, slots=True)
class Live:
    """Callers in one process, each waiting for its answer: the rate, and how long they waited."""

    callers: int
    rate: Rate
    p50_ms: float
    p99_ms: float
    worst_ms: float


def make_people(number: int) -> list[str]:
    """Customers with an account each; of one in five something is on record."""
    refs = [f"bench{place:07d}" for place in range(number)]
    chance = random.Random(4)  # noqa: S311 - a trial, the same every time
    zones = chance.choices(["Asia/Shanghai", "Asia/Urumqi", "America/New_York"], [90, 5, 5], k=number)
    customers = [(ref, "张三", None, zone) for ref, zone in zip(refs, zones, strict=True)]
    accounts = [(f"a{ref}", ref, "cn.card", "CNY", None, None, None) for ref in refs]
    enter(rows=BookRows(customers=customers, accounts=accounts), now=NOON)
    with transaction.atomic():
        for ref in refs:
            if chance.random() < 0.2:
                _something_happened(ref, chance)
    actions.make_ready(now=NOON)  # as a round begins
    with connection.cursor() as cursor:
        cursor.execute("analyze")  # a house that has lived a minute knows its tables
    return refs


def _something_happened(ref: str, chance: random.Random) -> None:
    kinds = [FactKind.CONTACT_MADE] * 3 + [FactKind.ASKED_HOURS, FactKind.OPTED_OUT, FactKind.OBJECTION]
    kind = chance.choice(kinds)
    payload = {
        FactKind.ASKED_HOURS: {"hours": "14:00-20:00"},
        FactKind.OPTED_OUT: {"channel": chance.choice(["sms", "call"])},
        FactKind.CONTACT_MADE: {"channel": "call", "point": "m1", "outcome": "no_answer"},
    }.get(kind, {})
    for turn in range(chance.randint(1, 4) if kind is FactKind.CONTACT_MADE else 1):
        at = NOON - timedelta(minutes=chance.randrange(5 * 24 * 60))
        record_fact(
            key=f"{ref}:{turn}",
            kind=kind,
            customer_ref=ref,
            account_ref=f"a{ref}",
            happened_at=at,
            now=NOON,
            by="bench",
            payload=payload,
        )


def _asking(ref: str, key: str, at: datetime, channel: str) -> Asking:
    account = f"a{ref}"
    return Asking(key, ref, Proposal(at=at, channel=channel, point="m1", debts=(account,)), account)


def pure(refs: Sequence[str], *, seconds: float = 3.0) -> Rate:
    """Verdicts alone, nothing read and nothing kept, on one core."""
    refs = refs[:5000]
    known, policy = dossiers(refs, now=NOON), house_policy()
    asked = [(_asking(ref, ref, NOON, c), known[ref]) for ref in refs for c in ("sms", "call")]

    def decide() -> int:
        done, until = 0, time.monotonic() + seconds
        while time.monotonic() < until:
            for asking, dossier in asked:
                verdict_on(asking, dossier, book=BOOK, policy=policy)
            done += len(asked)
        return done

    return _rate(decide)


def bulk(refs: Sequence[str], *, channel: str, at: datetime, in_rounds: bool = False) -> Rate:
    """One proposal a person, asked together: decided, kept, committed.

    in_rounds: inside the caller's own transactions of 500, as the day's round asks.
    """
    askings = [_asking(ref, f"{channel}:{at}:{ref}", at, channel) for ref in refs]
    chunks = [askings[n : n + ROUND_CHUNK] for n in range(0, len(askings), ROUND_CHUNK)]

    def in_one() -> int:
        return len(actions.ask_many(askings=askings, book=BOOK, now=NOON))

    def chunk_by_chunk() -> int:
        for chunk in chunks:
            with transaction.atomic():
                actions.ask_many(askings=chunk, book=BOOK, now=NOON)
        return len(askings)

    return _rate(chunk_by_chunk if in_rounds else in_one)


def bulk_runs(refs: Sequence[str], *, runs: int) -> dict[str, list[Rate]]:
    """Messages, then calls, then mails to the same people, in both ways, so many times: rates by kind.

    Before those stands a house's first run: the files of its database's log are made on the way, and
    serve again in later runs. Each run, in each way, begins as if nobody had been asked about, some
    minutes after the one before; its calls find a place taken, its mails two.
    Raises RuntimeError in a house where anybody else lives: there, answers are kept for ever.
    """
    rates: dict[str, list[Rate]] = defaultdict(list)
    for _ in range(1 + runs):
        for way, in_rounds in _WAYS.items():
            _forget_answers()
            for channel, hours in _HOURS_AFTER_NOON.items():
                at = NOON + timedelta(hours=hours)
                rates[f"{channel}, {way}"].append(bulk(refs, channel=channel, at=at, in_rounds=in_rounds))
            _let_some_minutes_pass()
    return rates


def _let_some_minutes_pass() -> None:
    """For the database: by then it has written out what it holds, and the files of its log serve again."""
    with connection.cursor() as cursor:
        cursor.execute("checkpoint")


def _forget_answers() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select exists (select from casebook_customer where ref not like 'bench%')")
        if cursor.fetchone()[0]:
            raise RuntimeError("a bench forgets answers, and somebody lives in this house")
        cursor.execute("truncate clearance_clearance")


_WAYS = {"asked together": False, f"in transactions of {ROUND_CHUNK}, as the round does": True}
_HOURS_AFTER_NOON = {"sms": 0, "call": 2, "email": 4}


def live(refs: Sequence[str], *, callers: int, seconds: float) -> Live:
    """So many threads, as in the web server: each asks one question and waits for its answer."""
    waited: list[list[float]] = [[] for _ in range(callers)]
    begin, until = threading.Barrier(callers + 1), [0.0]

    def caller(number: int) -> None:
        chance, mine = random.Random(number), waited[number]  # noqa: S311
        _ask_once(chance.choice(refs), chance)  # its connection is open before the clock starts
        begin.wait()
        while (started := time.perf_counter()) < until[0]:
            _ask_once(chance.choice(refs), chance)
            mine.append(time.perf_counter() - started)
        connections.close_all()

    threads = [threading.Thread(target=caller, args=(number,)) for number in range(callers)]

    def all_of_them() -> int:
        until[0] = time.perf_counter() + seconds
        begin.wait()
        for thread in threads:
            thread.join()
        return sum(map(len, waited))

    for thread in threads:
        thread.start()
    rate = _rate(all_of_them)
    every = sorted(wait * 1000 for mine in waited for wait in mine)
    return Live(callers, rate, every[len(every) // 2], every[len(every) * 99 // 100], every[-1])


def _ask_once(ref: str, chance: random.Random) -> None:
    at = NOON + timedelta(minutes=chance.randrange(500))
    asking = _asking(ref, str(uuid4()), at, chance.choice(["sms", "call"]))
    actions.ask(asking=asking, book=BOOK, now=NOON)


def durability() -> str:
    """What the server promises of a commit, in its own words."""
    names = ("server_version", "synchronous_commit", "fsync", "full_page_writes")
    with connection.cursor() as cursor:
        said = []
        for name in names:
            cursor.execute("select current_setting(%s)", [name])
            said.append(f"{name} {cursor.fetchone()[0]}")
    return ", ".join(said)


def _rate(work: Callable[[], int]) -> Rate:
    connection.ensure_connection()
    server = _server_cpu_seconds()
    usage, started = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    done = work()
    seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF)
    spent = after.ru_utime + after.ru_stime - usage.ru_utime - usage.ru_stime
    server_after = _server_cpu_seconds()
    of_server = None if server is None or server_after is None else server_after - server
    return Rate(done, seconds, spent, of_server)


def _server_cpu_seconds() -> float | None:
    """CPU of the database's processes so far; None where it runs elsewhere."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        backend = Path("/proc") / str(cursor.fetchone()[0]) / "stat"
    if not backend.exists() or "postgres" not in backend.read_text("utf-8").partition(")")[0]:
        return None
    postmaster = _stat(backend)[1]
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = _stat(stat)
        except OSError:
            continue  # it has just ended; its parent has its time
        own = int(stat.parent.name) == postmaster
        if own or fields[1] == postmaster:
            ticks += sum(fields[11:15] if own else fields[11:13])
    return ticks / os.sysconf("SC_CLK_TCK")


def _stat(stat: Path) -> list[int]:
    """The numbers of /proc/PID/stat after the command: state (as 0), parent, ..., times in ticks."""
    return [0, *map(int, stat.read_text("utf-8").rpartition(")")[2].split()[1:])]
