"""Bank statements booked, each as a whole: one transaction a statement, taken in once.

A statement that does not add up is kept with all its entries and its reasons, and nothing of it
is booked. What was told before, by another file or another source, counts once: see decision 0004.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import islice
from pathlib import Path

from django.db import transaction
from django.db.models import Q, QuerySet

from arrears.casebook.types import MoneyBack, MoneyNotice
from arrears.evidence import actions as evidence
from arrears.evidence.types import told
from arrears.intake.book import one_at_a_time
from arrears.intake.debits.lumps import Lump, lump_in
from arrears.intake.lines import UnableToRead
from arrears.intake.models import BankStatement, Delivery, StatementEntry
from arrears.intake.payments import take_all
from arrears.intake.reasons import Wrong
from arrears.intake.remittances import UnableToShareOut, share_out_collections
from arrears.intake.statements.judging import Judged, Link, follows, in_order, judge
from arrears.intake.statements.reading import MOST_BYTES, statements_in
from arrears.intake.statements.types import Entry, Statement
from arrears.intake.types import NoticeTaken, Refused, Silent, StatementsTaken, StatementTaken, Tell
from arrears.kernel.money import MOST_CENTS, decimal_text
from arrears.kernel.trouble import Place, Trouble
from arrears.kernel.words import Words


class UnableToBook(Trouble):
    """The statement stays as it is; the message says why."""


AT_ONCE = 1_000  # entries handed to the casebook together
_COUNTS = ("matched", "unmatched", "known_before", "went_back", "not_ours")
_DEBIT_UNDONE = Words(
    zh="银行冲回了一笔支出：不是客户还款，请人工核对",
    en="the bank undid a debit: no customer paid this, a person looks",
)
_TOLD_ALREADY = Words(
    zh="第 {number} 份对账单已有同日、同额、同附言的一笔，且两份不相接：可能是同一笔钱，请人工核对",
    en="statement {number} tells of the same day, amount and words, and this one does not follow it: "
    "it may be the same money, a person compares",
)
_BOOKED_ANYWAY = Words(
    zh="第 {number} 份同期对账单曾由 {by} 在不平的情况下入账：请人工核对，以免重复",
    en="statement {number} of the same days was booked by {by} though it does not add up: a person compares",
)
_ANYWAY = Words(
    zh="{by} 在核对后仍予入账，理由：{because}", en="{by} booked it all the same, because: {because}"
)
_REPEATS = Words(
    zh="与第 {number} 份相同，不再入账", en="the same as statement {number}: nothing of it is booked again"
)
_KNOWN = Words(zh="其中 {count} 笔此前已知，只计一次", en="entries known before and counted once: {count}")


def take_statements(
    *, path: Path, now: datetime, dry_run: bool = False, tell: Tell | None = None
) -> StatementsTaken:
    """Take in a file of bank statements, or every file of a folder. The same file again changes nothing.

    What is no statement is named in `refused`; a single file that is none raises UnableToRead.
    dry_run: say what would happen; nothing is kept.
    """
    files = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
    taken, refused, listener = list[StatementTaken](), list[Refused](), tell or Silent()
    listener.begin(Words(zh="读取对账单", en="Reading statements"), len(files))
    for file in files:
        try:
            taken += _take_file(file, now=now, dry_run=dry_run)
        except Trouble as trouble:
            if file == path:
                raise
            refused.append(Refused(str(file.relative_to(path)), trouble.what))
        listener.advance(1)
    if files and not taken and refused:
        raise UnableToRead(
            f"holds no bank statement; the first of {len(refused)} files says: {refused[0].reason}",
            at=Place(str(path)),
        )
    return StatementsTaken(tuple(taken), tuple(refused))


def _take_file(path: Path, *, now: datetime, dry_run: bool) -> list[StatementTaken]:
    if path.stat().st_size > MOST_BYTES:
        raise UnableToRead(
            f"is larger than {MOST_BYTES // 2**20} MB", do="Ask the bank to split it.", at=Place(str(path))
        )
    data = path.read_bytes()
    statements, digest = statements_in(data, at=Place(str(path))), hashlib.sha256(data).hexdigest()
    if any(max(one.credits_cents, one.debits_cents) > MOST_CENTS for one in statements):
        raise UnableToRead("its entries come to more than any amount kept exactly", at=Place(str(path)))
    with one_at_a_time():
        if dry_run:
            with transaction.atomic():
                taken = _take_each(statements, path, digest, now=now)
                transaction.set_rollback(True)
            return taken
        return _take_each(statements, path, digest, now=now)


def _take_each(
    statements: Sequence[Statement], path: Path, digest: str, *, now: datetime
) -> list[StatementTaken]:
    delivery, _ = Delivery.objects.get_or_create(
        kind="statements", digest=digest, defaults={"source": str(path)[:500], "begun_at": now}
    )
    seen = {row.nth: row for row in delivery.statements.all()}
    taken = []
    for nth, statement in enumerate(statements):
        if nth in seen:
            taken.append(as_taken(seen[nth], seen_before=True))
            continue
        with transaction.atomic():
            taken.append(_Taking(statement, delivery, nth, now=now).take())
    if delivery.state != "taken":
        delivery.state, delivery.taken_at = "taken", now
        delivery.files = [{"name": path.name, "encoding": "", "read": len(statements)}]
        delivery.counts = {"read": len(statements), "flagged": sum(not one.booked for one in taken)}
        delivery.save()
    return taken


class _Taking:
    """One statement on its way in, inside one transaction."""

    def __init__(
        self, statement: Statement, delivery: Delivery, nth: int, *, now: datetime, fingerprint: str = ""
    ) -> None:
        self.statement, self.delivery, self.nth, self.now = statement, delivery, nth, now
        self.fingerprint = fingerprint or _fingerprint(statement)
        self.counts = dict.fromkeys(_COUNTS, 0)
        self.money_refs: dict[int, str] = {}
        self.left_open: dict[int, Words] = {}
        self.touched: dict[str, None] = {}

    def take(self) -> StatementTaken:
        """Judge it, book it if it adds up, and keep it either way."""
        judged, notes = judge(self.statement), list(self.statement.notes)
        before = self._told_before()
        anyway = None if before else _booked_anyway(self.statement)
        if anyway:
            words = _BOOKED_ANYWAY.filled(number=anyway.pk, by=anyway.booked_by)
            judged = Judged(judged.off_cents, (*judged.reasons, words))
        if before:
            notes.append(_REPEATS.filled(number=before.pk))
        elif self.statement.kind == "statement":
            notes += follows(link_of(self._row(judged, notes, None)), _earlier(self.statement))
        if judged.adds_up and not before:
            self.book()
            if self.counts["known_before"]:
                notes.append(_KNOWN.filled(count=self.counts["known_before"]))
        row = self._row(judged, notes, before)
        row.save()
        if not before:
            StatementEntry.objects.bulk_create(self._entries(row), batch_size=2000)
        return replace(as_taken(row), touched=tuple(self.touched))

    def _told_before(self) -> BankStatement | None:
        told = BankStatement.objects.filter(fingerprint=self.fingerprint, state="booked", repeats=None)
        return told.order_by("pk").first() if self.statement.entries or self.statement.number else None

    def book(self) -> None:
        """Tell the casebook of every entry that counts."""
        counted = [(nth, entry) for nth, entry in enumerate(self.statement.entries) if entry.booked]
        refs = _refs(self.statement, self.fingerprint)
        money = [(nth, told) for nth, entry in counted if (told := self._told(entry, refs[nth])) is not None]
        self.counts["not_ours"] = len(counted) - len(money)
        undone = {nth: _DEBIT_UNDONE for nth, entry in counted if entry.cents > 0 and _goes_back(entry)}
        lumps = {
            nth: lump for nth, told in money if isinstance(told, MoneyNotice) and (lump := lump_in(told))
        }
        self.left_open = self._told_already(refs) | undone
        self.left_open |= {nth: lump for nth, lump in lumps.items() if isinstance(lump, Words)}
        left_open = {refs[nth]: words for nth, words in self.left_open.items()}
        for some in _chunks(iter(money)):
            outcomes = take_all([told for _, told in some], now=self.now, left_open=left_open)
            for (nth, told), outcome in zip(some, outcomes, strict=True):
                shared = self._shared(told, outcome, None if nth in self.left_open else lumps.get(nth))
                self._count(nth, told, outcome, shared=shared)

    def _told_already(self, refs: Sequence[str]) -> dict[int, Words]:
        """Credits without a reference of their own that stand in a statement this one overlaps."""
        said, known = self.statement, _known(refs)
        nameless = [
            nth
            for nth, entry in enumerate(said.entries)
            if entry.booked and entry.cents > 0 and refs[nth] not in known
        ]
        told = _told_by_others(said, {said.entries[nth].booked_date for nth in nameless})
        found = dict[int, Words]()
        for nth in nameless:
            other = next((pk for pk, keys in told.items() if keys[_key(said.entries[nth])] > 0), None)
            if other is not None:
                told[other][_key(said.entries[nth])] -= 1
                found[nth] = _TOLD_ALREADY.filled(number=other)
        return found

    def _told(self, entry: Entry, ref: str) -> MoneyNotice | MoneyBack | None:
        """What an entry means to us: money in, money gone back, or nothing of a customer's."""
        origin = f"{self.delivery.source}:{entry.line}"[-200:]
        source = "advice" if self.statement.kind == "advice" else "statement"
        if entry.cents > 0:
            return MoneyNotice(
                ref=ref,
                received_date=entry.booked_date,
                cents=entry.cents,
                currency=entry.currency,
                reference_given=entry.text,
                payer_name=entry.payer_name,
                payer_account=entry.payer_account,
                origin=origin,
                source=source,
                names=entry.names,
            )
        if entry.cents < 0 and _goes_back(entry):
            of = next((name for name in entry.names if name != entry.bank_ref), entry.bank_ref or ref)
            return MoneyBack(
                ref, of, -entry.cents, entry.currency, entry.booked_date, entry.return_reason, origin, source
            )
        return None

    def _shared(
        self, told: MoneyNotice | MoneyBack, outcome: NoticeTaken | Wrong, lump: Lump | Words | None
    ) -> bool:
        """Share a new credit out over the collections of the debit file it pays."""
        if not isinstance(lump, Lump) or not isinstance(told, MoneyNotice) or isinstance(outcome, Wrong):
            return False
        if not outcome.first or outcome.money_ref != told.ref or outcome.account_ref:
            return False
        try:
            shared = share_out_collections(money=told, lump=lump, now=self.now)
        except UnableToShareOut:  # its parts came before, out of another sum: it waits for a person
            return False
        self.touched |= dict.fromkeys(shared.touched)
        return True

    def _count(
        self, nth: int, told: MoneyNotice | MoneyBack, outcome: NoticeTaken | Wrong, *, shared: bool
    ) -> None:
        if isinstance(outcome, Wrong):
            self.counts["known_before"] += 1
            return
        self.money_refs[nth] = outcome.money_ref
        if isinstance(told, MoneyBack):
            self.counts["went_back"] += 1
        elif not outcome.first or outcome.money_ref != told.ref:
            self.counts["known_before"] += 1
        else:
            self.counts["matched" if outcome.account_ref or shared else "unmatched"] += 1
        if outcome.applied_now and outcome.account_ref:
            self.touched[outcome.account_ref] = None

    def _row(self, judged: Judged, notes: Sequence[Words], before: BankStatement | None) -> BankStatement:
        said = self.statement
        return BankStatement(
            delivery=self.delivery,
            nth=self.nth,
            line=said.line,
            format=said.format,
            kind=said.kind,
            ident=said.ident[:80],
            account=said.account[:80],
            number=_number(said.number),
            page=min(said.page, 2**31 - 1),
            currency=said.currency,
            from_date=said.from_date,
            to_date=said.to_date,
            opening_cents=said.opening.cents if said.opening else None,
            closing_cents=said.closing.cents if said.closing else None,
            credits_cents=said.credits_cents,
            debits_cents=said.debits_cents,
            off_cents=judged.off_cents,
            state="booked" if judged.adds_up else "flagged",
            reasons=[words.as_json() for words in judged.reasons],
            notes=[words.as_json() for words in notes],
            fingerprint=self.fingerprint,
            repeats=before.pk if before else None,
            counts=self.counts,
            taken_at=self.now,
        )

    def _entries(self, row: BankStatement) -> list[StatementEntry]:
        return [
            StatementEntry(
                statement=row,
                nth=nth,
                line=entry.line,
                cents=entry.cents,
                currency=entry.currency,
                booked_date=entry.booked_date,
                value_date=entry.value_date,
                booked=entry.booked,
                undoes=entry.undoes,
                bank_ref=entry.bank_ref,
                payer_name=entry.payer_name,
                payer_account=entry.payer_account,
                text=entry.text,
                names=list(entry.names),
                return_reason=entry.return_reason,
                money_ref=self.money_refs.get(nth, ""),
                left_open=nth in self.left_open,
            )
            for nth, entry in enumerate(self.statement.entries)
        ]


def book_anyway(*, key: int, because: str, by: str, now: datetime) -> StatementTaken:
    """Book a flagged statement on a person's word: every entry that could be read, each counted once.

    Raises UnableToBook for what is not flagged, an interim report, a missing reason, or where another
    statement of the same account and days is booked already.
    """
    with transaction.atomic():
        row = BankStatement.objects.select_for_update(of=("self",)).select_related("delivery").get(pk=key)
        statement = _as_read(row)
        _can_be_booked(row, statement, because)
        taking = _Taking(statement, row.delivery, row.nth, now=now, fingerprint=row.fingerprint)
        taking.book()
        row.state, row.booked_by, row.booked_because = "booked", by[:80], because[:300]
        row.counts = taking.counts
        row.notes = [*row.notes, _ANYWAY.filled(by=by, because=because).as_json()]
        row.save()
        for entry in row.entries.all():
            entry.money_ref = taking.money_refs.get(entry.nth, "")
            entry.left_open = entry.nth in taking.left_open
            entry.save(update_fields=["money_ref", "left_open"])
        _tell_evidence(row, now=now)
    return replace(as_taken(row), touched=tuple(taking.touched))


def _can_be_booked(row: BankStatement, statement: Statement, because: str) -> None:
    if row.state != "flagged" or row.repeats:
        raise UnableToBook(
            Words(
                zh="这份对账单已入账，或与已入账的重复",
                en="this statement is booked already, or repeats one that is",
            )
        )
    if row.kind == "interim":
        raise UnableToBook(
            Words(zh="盘中报告不入账", en="an interim report is never booked"),
            do=Words(zh="请等当天的对账单。", en="Wait for the day's statement."),
        )
    if not because.strip():
        raise UnableToBook(
            Words(
                zh="请写明金额不平为什么仍可入账", en="say why it may be booked although it does not add up"
            )
        )
    same = _same_days(statement).filter(state="booked").exclude(pk=row.pk).first()
    if same:
        raise UnableToBook(
            Words(
                zh=f"同一账户、同一期间的对账单 {same.pk} 已入账",
                en=f"statement {same.pk} of the same account and days is booked already",
            )
        )


def _same_days(statement: Statement) -> QuerySet[BankStatement]:
    """Statements of this account and currency with its number, or its very days."""
    same = Q(from_date=statement.from_date, to_date=statement.to_date, page=statement.page)
    if _number(statement.number):
        same |= Q(number=_number(statement.number), page=statement.page, to_date=statement.to_date)
    of_account = BankStatement.objects.filter(account=statement.account[:80], currency=statement.currency)
    return of_account.filter(same, kind=statement.kind, repeats=None)


def _booked_anyway(statement: Statement) -> BankStatement | None:
    return _same_days(statement).exclude(booked_by="").first() if statement.kind == "statement" else None


def _as_read(row: BankStatement) -> Statement:
    """The statement again, as its rows keep it."""
    entries = [
        Entry(
            line=each.line,
            cents=each.cents,
            currency=each.currency,
            booked_date=each.booked_date,
            value_date=each.value_date,
            booked=each.booked,
            undoes=each.undoes,
            bank_ref=each.bank_ref,
            names=tuple(each.names),
            payer_name=each.payer_name,
            payer_account=each.payer_account,
            text=each.text,
            return_reason=each.return_reason,
        )
        for each in row.entries.order_by("nth")
    ]
    return Statement(
        format=row.format,
        line=row.line,
        kind=row.kind,
        ident=row.ident,
        account=row.account,
        number=str(row.number or ""),
        page=row.page,
        currency=row.currency,
        from_date=row.from_date,
        to_date=row.to_date,
        entries=entries,
    )


def _tell_evidence(row: BankStatement, *, now: datetime) -> None:
    body = {"statement": row.pk, "account": row.account, "off_cents": row.off_cents, "reasons": row.reasons}
    said = {**body, "by": row.booked_by, "because": row.booked_because}
    about = f"statement:{row.pk}"
    evidence.append([told("booked_anyway", customer_ref="", about=about, recorded_at=now, **said)])


def _number(said: str) -> int:
    return int(said) if said.isdigit() and len(said) <= 18 else 0


def _fingerprint(statement: Statement) -> str:
    """What makes it this statement, whatever its format and however its texts are wrapped."""
    balances = [
        (b.cents, b.currency, str(b.day)) if b else None for b in (statement.opening, statement.closing)
    ]
    amounts = [(entry.cents, str(entry.booked_date)) for entry in statement.counted]
    number = (statement.number, statement.page) if statement.kind == "statement" else (statement.ident, 0)
    said = (statement.kind, statement.account.replace(" ", ""), number, balances, amounts)
    return hashlib.sha256(repr(said).encode()).hexdigest()


def _refs(statement: Statement, fingerprint: str) -> list[str]:
    """A name for the money of each entry: by the bank's own reference where that is its alone, else by its place."""
    keys = [(entry.bank_ref, str(entry.booked_date), entry.cents) for entry in statement.entries]
    times, refs = Counter(keys), list[str]()
    for nth, key in enumerate(keys):
        alone = key[0] and times[key] == 1
        said = repr((statement.account.replace(" ", ""), *key)) if alone else f"{fingerprint}:{nth}"
        refs.append(f"bank:{hashlib.sha256(said.encode()).hexdigest()[:32]}")
    return refs


def _goes_back(entry: Entry) -> bool:
    return entry.undoes or bool(entry.return_reason)


_Key = tuple[str, date, int, str, str]


def _key(entry: Entry | StatementEntry) -> _Key:
    return entry.bank_ref, entry.booked_date, entry.cents, entry.payer_account, entry.text


def _known(refs: Sequence[str]) -> set[str]:
    known = StatementEntry.objects.filter(money_ref__in=refs)
    return set(known.values_list("money_ref", flat=True))


def _told_by_others(said: Statement, days: set[date]) -> dict[int, Counter[_Key]]:
    """By booked statement of the account that this one neither follows nor precedes: its credits of these days."""
    rows = StatementEntry.objects.filter(
        statement__account=said.account[:80],
        statement__currency=said.currency,
        statement__kind=said.kind,
        statement__state="booked",
        booked_date__in=days,
        cents__gt=0,
    ).exclude(money_ref="")
    found = dict[int, Counter[_Key]]()
    for row in rows.select_related("statement").order_by("-statement_id", "nth") if said.account else ():
        if not _joined(row.statement, said):
            found.setdefault(row.statement_id, Counter())[_key(row)] += 1
    return found


def _joined(one: BankStatement, other: Statement) -> bool:
    """Whether one begins with what the other ended with."""
    pairs = ((one.closing_cents, other.opening), (one.opening_cents, other.closing))
    return any(balance is not None and balance.cents == cents for cents, balance in pairs)


def _earlier(statement: Statement) -> list[Link]:
    rows = BankStatement.objects.filter(
        account=statement.account[:80], currency=statement.currency, kind="statement", repeats=None
    ).exclude(account="")
    before = in_order(link_of(row) for row in rows)
    mine = Link(_number(statement.number), statement.page, statement.to_date, None, None, "", "")
    return [link for link in before if in_order([mine, link])[-1] is mine]


def link_of(row: BankStatement) -> Link:
    """A statement as a link in the chain of its account."""
    title = str(row.number or row.ident) + (f" ({row.to_date})" if row.to_date else "")
    return Link(row.number, row.page, row.to_date, row.opening_cents, row.closing_cents, row.currency, title)


def as_taken(row: BankStatement, *, seen_before: bool = False) -> StatementTaken:
    """A statement as it is handed out."""

    def text(cents: int | None) -> str:
        return "" if cents is None else decimal_text(cents, currency=row.currency)

    return StatementTaken(
        key=row.pk or 0,
        file=Path(row.delivery.source).name,
        line=row.line,
        format=row.format,
        account=row.account,
        number=f"{row.number or ''}" + (f"/{row.page}" if row.page else ""),
        currency=row.currency,
        from_date=row.from_date,
        to_date=row.to_date,
        opening=text(row.opening_cents),
        credits=text(row.credits_cents),
        debits=text(-row.debits_cents),
        closing=text(row.closing_cents),
        off=text(row.off_cents),
        booked=row.state == "booked",
        reasons=tuple(Words(**said) for said in row.reasons),
        notes=tuple(Words(**said) for said in row.notes),
        counts=dict(row.counts),
        taken_at=row.taken_at,
        seen_before=seen_before,
    )


def _chunks(
    items: Iterator[tuple[int, MoneyNotice | MoneyBack]],
) -> Iterator[list[tuple[int, MoneyNotice | MoneyBack]]]:
    while some := list(islice(items, AT_ONCE)):
        yield some
