"""Going along the chain from one end to the other: is every record, link and root as it was?

Each record is reckoned again from its own body and the hash that stands before it, so one that
was changed is named, and what follows it is judged by itself.
"""

import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from arrears.evidence import core, keys, queries
from arrears.evidence.types import Finding, Live, Record, Root, Verified
from arrears.kernel.words import Words

MOST_FINDINGS = 1000  # kept; all are counted

CHANGED = Words(
    zh="与链上的哈希不符：按内容应为 {should}，链上是 {hash}。记录被改动，或其前面的记录被改动、插入或移走",
    en="does not agree with its hash: the body gives {should}, the chain says {hash}. It was changed, "
    "or the record before it was changed, inserted or moved",
)
OUT_OF_PLACE = Words(
    zh="不应在此：后一条记录接的是它前面那一条",
    en="does not belong here: the next record follows the one before it",
)
COLUMN = Words(
    zh="查找用的 {column} 写作 {own}，记录内容是 {told}",
    en="its {column} for looking up says {own}, the record itself {told}",
)
MISSING = Words(zh="第 {first} 至 {last} 条记录缺失", en="records {first} to {last} are missing")
NO_ROOT = Words(zh="{day} 的日签名缺失", en="the root of {day} is missing")
BAD_SIGNATURE = Words(
    zh="{day} 的日签名不是密钥 {key} 所签", en="the root of {day} was not signed by the key {key}"
)
NOT_OURS = Words(
    zh="最近的日签名 {day} 用的密钥是 {key}，本机构现用密钥是 {trusted}",
    en="the latest root, {day}, is signed with the key {key}; the institution's is {trusted}",
)
ROOT_CHANGED = Words(
    zh="{day} 的日签名与前一日不相接：{what}", en="the root of {day} does not follow the day before: {what}"
)
CHAIN_DIFFERS = Words(
    zh="{day} 的日签名所述的第 {first} 至 {last} 条，与链上不同：记录被改写、移走或插入",
    en="what the root of {day} says of records {first} to {last} is not what the chain holds: "
    "records were rewritten, removed or inserted",
)
NOT_AS_HANDED_OUT = Words(
    zh="{day} 的日签名与先前交出的不同", en="the root of {day} is not the one that was handed out"
)


def verify(
    *,
    first: date | None = None,
    last: date | None = None,
    live: Sequence[Live] = (),
    handed_out: Sequence[str] = (),
    done: Callable[[int], None] = lambda records: None,
) -> Verified:
    """Look at everything told on these days (None: no limit); what was committed is sealed first.

    live: rooms asked about the rows the records speak of. handed_out: statements of roots given to
    somebody earlier. done hears of progress, in records. Changes nothing.
    """
    began, whole = time.monotonic(), first is None and last is None
    roots = queries.roots()
    low, high = queries.positions(first=first, last=last)
    if not whole:
        low, high, roots = _whole_days(low, high, roots)
    walk = Walk(low, high)
    walk.roots(queries.roots(), handed_out)
    walk.records(roots, live, done)
    for each in live if whole else ():
        walk.name_all(each.untold())
    signed = core.end_of(roots[-1].statement if roots else None)[0]
    return Verified(
        records=walk.seen,
        first=low,
        last=high,
        roots=len(roots),
        unsigned=max(0, high - max(signed, low - 1)),
        found=walk.found,
        findings=tuple(walk.findings),
        seconds=time.monotonic() - began,
    )


def _whole_days(low: int, high: int, roots: Sequence[Root]) -> tuple[int, int, list[Root]]:
    """Widened so that every root that covers any of it is covered whole."""
    spans = [(root, json.loads(root.statement)) for root in roots]
    here = [(root, said) for root, said in spans if said["last"] >= low and said["first"] <= high]
    return (
        min([low, *(said["first"] for _, said in here)]),
        max([high, *(said["last"] for _, said in here)]),
        [root for root, _ in here],
    )


@dataclass
class Walk:
    """One walk along the chain, and what was found on it."""

    first: int
    last: int
    found: int = 0
    findings: list[Finding] = field(default_factory=list)
    seen: int = 0
    before: Record | None = None  # the record just passed, and the hash that stood before it
    before_that: bytes = b""

    def name(self, finding: Finding) -> None:
        """Count what is wrong; keep the first thousand."""
        self.found += 1
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(finding)

    def name_all(self, findings: Iterable[Finding]) -> None:
        """Each of them."""
        for finding in findings:
            self.name(finding)

    def records(self, roots: Sequence[Root], live: Sequence[Live], done: Callable[[int], None]) -> None:
        """Every record between the ends, and each day's tree once its last record is passed."""
        closing = [(core.end_of(root.statement)[0], root) for root in roots]
        leaves: list[bytes] = []
        for batch in queries.batches(first=self.first, last=self.last):
            for record in batch:
                while closing and record.position > closing[0][0]:
                    self._covers(closing.pop(0)[1], leaves)
                    leaves = []
                self._pass(record)
                leaves.append(record.hash)
            for each in live:
                self.name_all(each.unlike(batch))
            self.seen += len(batch)
            done(len(batch))
        for _, root in closing:
            self._covers(root, leaves)
            leaves = []

    def _pass(self, record: Record) -> None:
        position = self.before.position if self.before else self.first - 1
        previous = self.before.hash if self.before else queries.hash_at(position)
        if record.position == position + 1:
            self._as_told(record, previous)
        else:  # with the records missing the hash before this one is lost: its link cannot be judged
            self.name(_gap(position + 1, record.position - 1))
            self._found_as_told(record)
        self.before, self.before_that = record, previous

    def _as_told(self, record: Record, previous: bytes) -> None:
        should = core.link(previous, record.body)
        if should == record.hash:
            self._found_as_told(record)
        elif self.before and core.link(self.before_that, record.body) == record.hash:
            self.name(_at(self.before, OUT_OF_PLACE))
        else:
            self.name(_at(record, CHANGED.filled(should=should.hex(), hash=record.hash.hex())))

    def _found_as_told(self, record: Record) -> None:
        """What a record is looked up by says the same as the record."""
        said = json.loads(record.body)
        told_at = datetime.fromisoformat(said["recorded_at"])
        own = (record.kind, record.customer_ref, record.about, record.recorded_at)
        told = (said["kind"], said["customer"], said["about"], told_at)
        for column, mine, its in zip(("kind", "customer", "about", "recorded_at"), own, told, strict=True):
            if mine != its:
                self.name(_at(record, COLUMN.filled(column=column, own=mine, told=its)))

    def _covers(self, root: Root, leaves: list[bytes]) -> None:
        said = json.loads(root.statement)
        if len(leaves) != said["count"] or (
            leaves
            and (leaves[-1].hex() != said["last_hash"] or core.levels(leaves)[-1].hex() != said["tree"])
        ):
            words = CHAIN_DIFFERS.filled(day=root.day, first=said["first"], last=said["last"])
            self.name(_of(root, words))

    def roots(self, roots: Sequence[Root], handed_out: Sequence[str]) -> None:
        """Each root signed by a key of ours, each following the day before, the last one by our present key."""
        public, before = queries.public_keys(), None
        for root in roots:
            self._follows(root, before)
            key = json.loads(root.statement).get("key", "")
            if key not in public or not keys.signed_by(public[key], root.signature, root.statement):
                self.name(_of(root, BAD_SIGNATURE.filled(day=root.day, key=key)))
            before = root
        self._by_our_key(roots)
        own = {root.statement for root in roots}
        for statement in handed_out:
            if statement not in own:
                day = json.loads(statement)["day"]
                self.name(_nowhere("root", day, NOT_AS_HANDED_OUT.filled(day=day)))

    def _follows(self, root: Root, before: Root | None) -> None:
        said, last = json.loads(root.statement), core.end_of(before.statement if before else None)
        for missing in _days_between(before, root):
            self.name(_nowhere("root", str(missing), NO_ROOT.filled(day=missing)))
        expected: dict[str, Any] = {
            "day": root.day.isoformat(),
            "previous": core.statement_digest(before.statement if before else None),
            "first": last[0] + 1,
            **({} if said.get("count") else {"last": last[0], "last_hash": last[1].hex()}),
        }
        for key, should in expected.items():
            if said.get(key) != should:
                what = f"{key} {said.get(key)} ≠ {should}"
                self.name(_of(root, ROOT_CHANGED.filled(day=root.day, what=what)))

    def _by_our_key(self, roots: Sequence[Root]) -> None:
        """Without the private key on this machine there is nothing to compare with."""
        if roots and keys.key_file().exists():
            key, ours = json.loads(roots[-1].statement).get("key"), keys.ours()
            if key not in ours:
                words = NOT_OURS.filled(day=roots[-1].day, key=key, trusted=", ".join(ours))
                self.name(_of(roots[-1], words))


def _days_between(before: Root | None, root: Root) -> list[date]:
    days = (root.day - before.day).days if before else 1
    return [root.day - timedelta(days=ago) for ago in range(days - 1, 0, -1)]


def _gap(first: int, last: int) -> Finding:
    return Finding(first, "", "", "", MISSING.filled(first=first, last=last))


def _at(record: Record, words: Words) -> Finding:
    return Finding(record.position, record.kind, record.customer_ref, record.about, words)


def _of(root: Root, words: Words) -> Finding:
    return _nowhere("root", root.day.isoformat(), words)


def _nowhere(kind: str, about: str, words: Words) -> Finding:
    return Finding(None, kind, "", about, words)
