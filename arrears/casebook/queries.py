"""Reading the casebook: histories for the reckoner, persons, facts and money."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce
from pydantic_core import from_json

from arrears.casebook import behind, models
from arrears.casebook.types import (
    HOLDS,
    AccountHistory,
    Cycle,
    Fact,
    FactKind,
    MoneyBack,
    MoneyNotice,
    MoneyTotals,
    Movement,
    MovementKind,
    PerhapsTwice,
    Person,
    Point,
    UnmatchedMoney,
)
from arrears.casebook.types import Supplied as SuppliedStanding
from arrears.evidence.types import Finding, Record
from arrears.kernel.straight import question, rows_of, text_array
from arrears.kernel.trouble import Trouble


def account_refs() -> list[str]:
    """Every account the casebook knows, in a fixed order."""
    return list(models.Account.objects.order_by("ref").values_list("ref", flat=True))


def accounts() -> QuerySet[models.Account]:
    """All accounts, for questions of rooms whose own rows point to them."""
    return models.Account.objects.all()


def account_keys(refs: Iterable[str]) -> dict[str, int]:
    """The database keys of accounts by ref, for rooms whose rows point here."""
    return dict(models.Account.objects.filter(ref__in=list(refs)).values_list("ref", "pk"))


def customer_keys(refs: Iterable[str]) -> dict[str, int]:
    """The database keys of customers by ref, likewise."""
    return dict(models.Customer.objects.filter(ref__in=list(refs)).values_list("ref", "pk"))


def owners_of(refs: Iterable[str]) -> dict[str, str]:
    """The customer's ref of each account."""
    return dict(models.Account.objects.filter(ref__in=list(refs)).values_list("ref", "customer__ref"))


def history_of(account_ref: str) -> AccountHistory | None:
    """One account's history, or None where the casebook does not know it."""
    return next(iter(histories([account_ref])), None)


def histories(refs: Sequence[str]) -> list[AccountHistory]:
    """Histories of these accounts, in the order asked, in a handful of queries.

    A book line that repeats money already noticed is left out (see SameMoney). Where a
    statement was corrected, the row recorded last counts.
    """
    accounts = {a.ref: a for a in models.Account.objects.filter(ref__in=refs).select_related("customer")}
    ids = [account.pk for account in accounts.values()]
    movements, cycles, supplied = _movements(ids), _cycles(ids), _supplied(ids)
    return [
        AccountHistory(
            ref=ref,
            customer_ref=accounts[ref].customer.ref,
            product=accounts[ref].product,
            currency=accounts[ref].currency,
            cycles=tuple(cycles[accounts[ref].pk]),
            movements=tuple(movements[accounts[ref].pk]),
            supplied=tuple(supplied[accounts[ref].pk]),
            opened_date=accounts[ref].opened_date,
            limit_cents=accounts[ref].limit_cents,
            terms=accounts[ref].terms,
        )
        for ref in refs
        if ref in accounts
    ]


def _movements(ids: Sequence[int]) -> dict[int, list[Movement]]:
    rows = (
        models.Posting.objects.filter(account__in=ids, came_as_notice=None)
        .order_by("account_id", "posted_date", "pk")
        .values_list(
            "account_id",
            "ref",
            "kind",
            "cents",
            "posted_date",
            "reverses",
            "source",
            "recorded_at",
            "made_date",
        )
    )
    twins = models.SameMoney.objects.filter(book__account__in=ids)
    counted = {
        (a, book): notice
        for a, book, notice in twins.values_list("book__account_id", "book__ref", "notice__ref")
    }
    found: dict[int, list[Movement]] = defaultdict(list)
    for account, ref, kind, cents, day, reverses, source, recorded, made in rows:
        # The book undoes its own line of a payment: what counts is our notice of it.
        undone = counted.get((account, reverses), reverses) or None
        found[account].append(Movement(ref, MovementKind(kind), cents, day, undone, source, recorded, made))
    return found


def _cycles(ids: Sequence[int]) -> dict[int, list[Cycle]]:
    rows = (
        models.Statement.objects.filter(account__in=ids)
        .order_by("account_id", "statement_date", "recorded_at", "pk")
        .values_list(
            "account_id", "statement_date", "due_date", "balance_cents", "minimum_cents", "interest_cents"
        )
    )
    found: dict[int, dict[Any, Cycle]] = defaultdict(dict)
    for account, statement, due, balance, minimum, interest in rows:
        found[account][statement] = Cycle(statement, due, balance, minimum, interest)
    return defaultdict(list, {account: list(by_day.values()) for account, by_day in found.items()})


def _supplied(ids: Sequence[int]) -> dict[int, list[SuppliedStanding]]:
    rows = (
        models.SuppliedStanding.objects.filter(account__in=ids)
        .order_by("account_id", "as_of", "recorded_at", "pk")
        .values_list("account_id", "as_of", "balance_cents", "months_late", "days_past_due")
    )
    found: dict[int, dict[Any, SuppliedStanding]] = defaultdict(dict)
    for account, as_of, balance, months_late, days_past_due in rows:
        found[account][as_of] = SuppliedStanding(as_of, balance, months_late, days_past_due)
    return defaultdict(list, {account: list(by_day.values()) for account, by_day in found.items()})


def persons(customer_refs: Iterable[str]) -> dict[str, Person]:
    """Customers with their contact points, by ref."""
    rows = models.Customer.objects.filter(ref__in=list(customer_refs)).prefetch_related("points")
    return {row.ref: _person(row) for row in rows}


def people_at(value: str) -> list[Person]:
    """The customers with this contact point or this number of their own; usually one or none."""
    owners = models.ContactPoint.objects.filter(value__iexact=value).values("customer")
    rows = models.Customer.objects.filter(Q(ref=value) | Q(pk__in=owners))
    return [_person(row) for row in rows.prefetch_related("points")]


def _person(row: models.Customer) -> Person:
    points = tuple(
        Point(str(point.pk), point.kind, point.value, point.source)
        for point in sorted(row.points.all(), key=lambda point: point.pk)
    )
    return Person(row.ref, row.name, row.language, row.zone, points)


def facts_of(customer_ref: str) -> list[Fact]:
    """Everything that happened to a customer, oldest first."""
    return facts_about([customer_ref]).get(customer_ref, [])


def facts_about(
    customer_refs: Iterable[str], *, kinds: Iterable[FactKind] | None = None
) -> dict[str, list[Fact]]:
    """Facts by customer, oldest first; only `kinds` where given."""
    rows: QuerySet[models.Fact] = models.Fact.objects.filter(customer__ref__in=list(customer_refs))
    if kinds is not None:
        rows = rows.filter(kind__in=[str(kind) for kind in kinds])
    return _by_customer(rows)


def latest_facts(kind: FactKind, *, limit: int) -> list[Fact]:
    """The latest facts of one kind, of all customers, newest first."""
    rows = models.Fact.objects.filter(kind=str(kind)).select_related("customer", "account")
    return [_fact(row) for row in rows.order_by("-happened_at", "-pk")[:limit]]


def facts_of_kind(kind: FactKind) -> list[Fact]:
    """Every fact of one kind, of all customers, oldest first."""
    rows = models.Fact.objects.filter(kind=str(kind)).select_related("customer", "account")
    return [_fact(row) for row in rows.order_by("happened_at", "pk")]


def _fact(row: models.Fact) -> Fact:
    return Fact(
        key=row.key,
        kind=FactKind(row.kind),
        happened_at=row.happened_at,
        recorded_at=row.recorded_at,
        customer_ref=row.customer.ref,
        account_ref=row.account.ref if row.account else None,
        payload=row.payload,
        recorded_by=row.recorded_by,
    )


def holds_on(customer_refs: Iterable[str]) -> dict[str, list[Fact]]:
    """By customer: facts that stop collection and were not lifted, oldest first."""
    rows = _not_lifted().filter(customer__ref__in=list(customer_refs))
    return _by_customer(rows)


def _by_customer(rows: QuerySet[models.Fact]) -> dict[str, list[Fact]]:
    found: dict[str, list[Fact]] = defaultdict(list)
    for row in rows.select_related("customer", "account").order_by("happened_at", "pk"):
        found[row.customer.ref].append(_fact(row))
    return dict(found)


# For the gate, which asks for many people within a short lock: plain rows, no model objects.
_STANDING_AND_RECENT = """
select c.ref, a.ref, f.key, f.kind, f.happened_at, f.recorded_at, f.payload::text, f.recorded_by
from casebook_fact f join casebook_customer c on c.id = f.customer_id
left join casebook_account a on a.id = f.account_id
where f.customer_id = any(array(select id from casebook_customer where ref = any(%(refs)s::text[])))
  and (f.kind = any(%(standing)s::text[]) or (
  f.kind = any(%(recent)s::text[]) and (f.happened_at >= %(since)s or f.payload->>'to' <> 'debtor')))
order by f.happened_at, f.id
"""


_KINDS = {str(kind): kind for kind in FactKind}


def facts_standing_and_recent(
    customer_refs: Iterable[str],
    *,
    standing: Iterable[FactKind],
    recent: Iterable[FactKind],
    since: datetime,
) -> Callable[[], dict[str, list[Fact]]]:
    """Facts by customer, oldest first: `standing` kinds from ever, `recent` ones from `since` on.

    Contacts with others than the debtor stay recent for ever: a refusal is not forgotten.
    Asked within a block of `kernel.straight.together`; what is returned reads the answer after it.
    """
    asked = {
        "refs": text_array(customer_refs),
        "standing": text_array(standing),
        "recent": text_array(recent),
        "since": since,
    }
    rows = question(connection, _STANDING_AND_RECENT, asked)

    def read() -> dict[str, list[Fact]]:
        found: dict[str, list[Fact]] = defaultdict(list)
        for customer, account, key, kind, happened, recorded, payload, by in rows_of(rows):
            fact = Fact(key, _KINDS[kind], happened, recorded, customer, account, from_json(payload), by)
            found[customer].append(fact)
        return found

    return read


def zones_of(customer_refs: Iterable[str]) -> dict[str, str]:
    """The time zone each customer lives in."""
    with connection.cursor() as cursor:
        cursor.execute("select ref, zone from casebook_customer where ref = any(%s)", [list(customer_refs)])
        return dict(cursor.fetchall())


def contacts_counted(*, since: datetime, before: datetime) -> dict[tuple[str, str], int]:
    """Contacts made from `since` until just before `before`, by (channel, outcome)."""
    made = models.Fact.objects.filter(
        kind=FactKind.CONTACT_MADE, happened_at__gte=since, happened_at__lt=before
    )
    rows = made.values_list("payload__channel", "payload__outcome").annotate(Count("pk")).order_by()
    return {(channel or "", outcome or ""): number for channel, outcome, number in rows}


def contacts_outside_leave(*, since: datetime, before: datetime) -> list[Fact]:
    """Contacts told of that were made outside the leave they had, newest first."""
    rows = models.Fact.objects.filter(
        kind=FactKind.CONTACT_MADE,
        happened_at__gte=since,
        happened_at__lt=before,
        payload__outside_leave=True,
    )
    return [_fact(row) for row in rows.select_related("customer", "account").order_by("-happened_at", "-pk")]


def customers_on_hold() -> QuerySet[models.Fact, int]:
    """A sub-query: keys of the customers with a hold that was not lifted."""
    return _not_lifted().values_list("customer", flat=True)


def holds_counted() -> list[tuple[FactKind, int, datetime]]:
    """Holds nobody lifted, by kind: how many customers, and since when the oldest stands."""
    rows = _not_lifted().values_list("kind").annotate(Count("customer", distinct=True), Min("happened_at"))
    counted = [(FactKind(kind), number, since) for kind, number, since in rows.order_by()]
    return sorted(counted, key=lambda row: (-row[1], row[0]))


def _not_lifted() -> QuerySet[models.Fact]:
    lifted = models.Fact.objects.filter(kind=FactKind.HOLD_LIFTED, customer=OuterRef("customer"))
    same = lifted.annotate(hold=KeyTextTransform("fact", "payload")).filter(hold=OuterRef("key"))
    return models.Fact.objects.filter(kind__in=[str(kind) for kind in HOLDS]).exclude(Exists(same))


def owner_of(account_ref: str) -> str:
    """The customer an account belongs to. Raises Trouble for an unknown account."""
    owner = models.Account.objects.filter(ref=account_ref).values_list("customer__ref", flat=True).first()
    if owner is None:
        raise Trouble(f"the casebook does not know {account_ref}")
    return owner


def accounts_of(customer_ref: str) -> list[str]:
    """The account refs of one customer."""
    return list(
        models.Account.objects.filter(customer__ref=customer_ref)
        .order_by("ref")
        .values_list("ref", flat=True)
    )


def latest_money_date(refs: Sequence[str]) -> date | None:
    """The latest day on which noticed money arrived on any of these accounts."""
    noticed = models.Posting.objects.filter(account__ref__in=refs, source="notice")
    latest: date | None = noticed.aggregate(Max("posted_date"))["posted_date__max"]
    return latest


def find_accounts(*, refs: Iterable[str], customer_refs: Iterable[str]) -> list[tuple[str, str, str]]:
    """(account, customer, currency) of these accounts and of all accounts of these customers."""
    asked = Q(ref__in=list(refs)) | Q(customer__ref__in=list(customer_refs))
    rows = models.Account.objects.filter(asked).order_by("ref")
    return list(rows.values_list("ref", "customer__ref", "currency"))


def money_notified(
    refs: Iterable[str] | None = None, *, unmatched: bool = False
) -> dict[str, tuple[MoneyNotice, str | None]]:
    """Money that reached us, by ref, as it was notified, and the account it was applied to.

    refs: only these; unmatched: only what nobody's account has received yet.
    """
    rows = models.MoneyIn.objects.order_by("received_date", "pk")
    if refs is not None:
        rows = rows.filter(ref__in=list(refs))
    if unmatched:
        rows = rows.filter(match=None)
    return {
        row.ref: (_notice(row), row.applied_to) for row in rows.annotate(applied_to=F("match__account__ref"))
    }


def _notice(row: models.MoneyIn) -> MoneyNotice:
    return MoneyNotice(
        ref=row.ref,
        received_date=row.received_date,
        cents=row.cents,
        currency=row.currency,
        account_given=row.account_given,
        reference_given=row.reference_given,
        payer_name=row.payer_name,
        origin=row.origin,
        source=row.source,
        payer_account=row.payer_account,
    )


def unmatched_money(ref: str | None = None) -> list[UnmatchedMoney]:
    """Money nobody's account has received yet, oldest first; only this one where `ref` is given.

    What went back in whole is nobody's to find any more, and is left out.
    """
    names = [field.name for field in fields(UnmatchedMoney)]
    went = (
        models.MoneyBackOf.objects.filter(money=OuterRef("pk"))
        .values("money")
        .annotate(sum=Sum("back__cents"))
    )
    returned = Coalesce(Subquery(went.values("sum")), 0, output_field=BigIntegerField())
    rows = models.MoneyIn.objects.filter(match=None).annotate(returned_cents=returned)
    rows = rows.filter(returned_cents__lt=F("cents"))
    if ref is not None:
        rows = rows.filter(ref=ref)
    return [UnmatchedMoney(*row) for row in rows.order_by("received_date", "pk").values_list(*names)]


def money_back_waiting() -> list[MoneyBack]:
    """Money that went back and whose coming nobody told us of, oldest first."""
    names = [field.name for field in fields(MoneyBack)]
    rows = models.MoneyBack.objects.filter(found=None).order_by("returned_date", "pk")
    return [MoneyBack(*row) for row in rows.values_list(*names)]


def money_gone_back(*, of: str, source: str) -> int:
    """Cents that `source` told went back under this name."""
    told: int | None = models.MoneyBack.objects.filter(of=of, source=source).aggregate(Sum("cents"))[
        "cents__sum"
    ]
    return told or 0


def money_known_as(names: Iterable[str]) -> dict[str, tuple[int, int, str]]:
    """By name: cents that came in under it, cents that went back, and the latest reason told for that.

    What went back is found by the name it was told with, whether or not its money ever came.
    """
    wanted, found = list(names), dict[str, tuple[int, int, str]]()
    came = models.MoneyName.objects.filter(name__in=wanted).values_list("name", "money__cents")
    for name, cents in came:
        found[name] = (found.get(name, (0, 0, ""))[0] + cents, 0, "")
    backs = models.MoneyBack.objects.filter(of__in=wanted).order_by("returned_date", "pk")
    for name, cents, reason in backs.values_list("of", "cents", "reason"):
        before = found.get(name, (0, 0, ""))
        found[name] = (before[0], before[1] + cents, reason or before[2])
    return found


def paid_before(*, payer_accounts: Iterable[str], payer_names: Iterable[str]) -> dict[str, set[str]]:
    """By payer's account number or name: the accounts such money was applied to before."""
    numbers, names = [a for a in payer_accounts if a], [n for n in payer_names if n]
    rows = models.MoneyMatch.objects.filter(
        Q(money__payer_account__in=numbers) | Q(money__payer_name__in=names)
    ).values_list("money__payer_account", "money__payer_name", "account__ref")
    found: dict[str, set[str]] = defaultdict(set)
    for number, name, account in rows:
        for key in (number, name):
            if key:
                found[key].add(account)
    return found


def accounts_by_name(names: Iterable[str]) -> list[tuple[str, str, str, str]]:
    """(account, customer, currency, name) of the accounts whose owner is called so, to the letter."""
    rows = models.Account.objects.filter(customer__name__in=[name for name in names if name])
    return list(rows.order_by("ref").values_list("ref", "customer__ref", "currency", "customer__name"))


def money_totals() -> list[MoneyTotals]:
    """Where all money is, by currency: every cent once."""
    with connection.cursor() as cursor:
        cursor.execute(_TOTALS)
        return [MoneyTotals(*row) for row in cursor.fetchall()]


_TOTALS = """
with came as (
  select m.currency, sum(m.cents)::bigint came_in, sum(t.told)::bigint told,
    coalesce(sum(m.cents - coalesce(b.back, 0)) filter (where x.id is null), 0)::bigint unmatched
  from casebook_moneyin m left join casebook_moneymatch x on x.money_id = m.id
  left join (select o.money_id, sum(w.cents) back from casebook_moneybackof o
    join casebook_moneyback w on w.id = o.back_id group by 1) b on b.money_id = m.id
  cross join lateral (select count(*) told from casebook_moneytold t where t.money_id = m.id) t
  group by 1),
gone as (
  select w.currency, sum(w.cents)::bigint went_back,
    coalesce(sum(w.cents) filter (where o.id is null), 0)::bigint waiting
  from casebook_moneyback w left join casebook_moneybackof o on o.back_id = w.id group by 1),
booked as (
  select a.currency, sum(case when p.kind = 'payment' then p.cents else -p.cents end)::bigint booked
  from casebook_posting p join casebook_account a on a.id = p.account_id
  where p.source = 'notice' group by 1)
select c.currency, coalesce(came_in, 0), coalesce(went_back, 0), coalesce(booked, 0),
  coalesce(unmatched, 0), coalesce(waiting, 0), coalesce(told, 0)
from (select currency from came union select currency from gone) c
left join came using (currency) left join gone using (currency) left join booked using (currency)
order by 1
"""


def perhaps_twice(*, days: int = 3, limit: int = 200) -> list[PerhapsTwice]:
    """Equal sums on one account from different sources, at most `days` apart, that share no name.

    Each counts until a person says they are one; that is told as money that went back.
    """
    with connection.cursor() as cursor:
        cursor.execute(_PERHAPS_TWICE, {"days": days, "limit": limit})
        return [PerhapsTwice(*row) for row in cursor.fetchall()]


_PERHAPS_TWICE = """
select a.ref, c.name, a.currency, m.cents, m.ref, m.received_date, m.source, n.ref, n.received_date, n.source
from casebook_moneymatch x join casebook_moneyin m on m.id = x.money_id
join casebook_moneymatch y on y.account_id = x.account_id and y.id <> x.id
join casebook_moneyin n on n.id = y.money_id and n.cents = m.cents and n.source <> m.source
  and (n.received_date, n.id) > (m.received_date, m.id) and n.received_date - m.received_date <= %(days)s
join casebook_account a on a.id = x.account_id join casebook_customer c on c.id = a.customer_id
where not exists (select 1 from casebook_moneybackof b where b.money_id in (m.id, n.id))
order by n.received_date desc, m.id limit %(limit)s
"""


def money_to_check() -> list[models.SameMoney]:
    """Pairs of postings presumed one payment without a shared reference: a person looks."""
    return list(
        models.SameMoney.objects.filter(certain=False)
        .select_related("notice__account__customer", "book")
        .order_by("recorded_at")
    )


class Live:
    """The casebook's facts held against the chain of evidence (an `evidence.types.Live`)."""

    def unlike(self, records: Sequence[Record], /) -> Iterable[Finding]:
        """Facts that differ from what the chain was told of them, or are gone."""
        return behind.unlike(records)

    def untold(self) -> Iterable[Finding]:
        """Facts the chain was never told of."""
        return behind.never_told()
