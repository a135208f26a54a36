"""Every address of the API. Each is one call through a room's door."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Path, Query, Status, Swagger
from ninja.openapi.schema import OpenAPISchema

from arrears.api import leaves, problems, shapes
from arrears.api.keys import Bearer
from arrears.api.payloads import OUR_OWN, missing
from arrears.api.problems import Problem, ProblemShape, WhereShape
from arrears.casebook import actions as casebook_actions
from arrears.casebook import queries as casebook
from arrears.casebook.types import HOLDS, AccountHistory, Fact, FactKind, MoneyNotice, Person
from arrears.contact import queries as contact
from arrears.contact.types import Message
from arrears.daily import actions as daily_actions
from arrears.daily import queries as daily
from arrears.delinquency import queries as delinquency
from arrears.delinquency.types import Standing
from arrears.intake import actions as intake
from arrears.kernel import clock
from arrears.reckoning import queries as reckoning
from arrears.reckoning.types import UnableToReckon

MOST_FACTS = 200  # the latest; GET /customers/{ref}/facts pages through all
STOPS_CONTACT = HOLDS | {FactKind.OPTED_OUT, FactKind.ASKED_HOURS}


class Api(NinjaAPI):
    """As ninja has it, with refusals described as what they are: application/problem+json."""

    def get_openapi_schema(self, **where: Any) -> OpenAPISchema:
        """The description schemathesis, code generators and people read."""
        schema = super().get_openapi_schema(**where)
        for address in schema["paths"].values():
            for operation in address.values():
                for status, response in operation["responses"].items():
                    if int(status) >= 400 and int(status) != 503:
                        response["content"] = {problems.MEDIA_TYPE: response["content"]["application/json"]}
        return schema


class Docs(Swagger):
    """The page to read and try the API; its script writes styles, and needs leave for it."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **where: Any) -> HttpResponse:
        """Everything comes from this server."""
        page = super().render_page(request, api, **where)
        page["Content-Security-Policy"] = (
            "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
            "img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
        return page


api = Api(
    title="Arrears API",
    version="1",
    description=(
        "Cases read, facts told, payments noticed. Send a key as `Authorization: Bearer <key>` "
        "(`arrears api-key new`). Telling the same thing twice is safe: the answer is 201 the first time "
        "and 200 afterwards. Amounts are minor units (`cents`) with their currency. Whatever is refused "
        "comes as application/problem+json and says what happened, where, and what to do."
    ),
    urls_namespace="api",
    docs=Docs(settings={"validatorUrl": None, "persistAuthorization": True}),
)
problems.teach(api)
ASKING = {400: ProblemShape, 401: ProblemShape, 403: ProblemShape, 404: ProblemShape, 422: ProblemShape}
TELLING = {**ASKING, 409: ProblemShape}
reads, tells_facts, tells_payments = Bearer("cases:read"), Bearer("facts:write"), Bearer("payments:write")
makes_contacts = Bearer("contacts:write")


@api.get(
    "/health",
    summary="Does the house stand?",
    response={200: shapes.HealthShape, 503: shapes.HealthShape},
    tags=["health"],
)
def health(request: HttpRequest) -> Status[shapes.HealthShape]:
    """Whether the house stands: its database answers. Open to all."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
        days = daily.round_days(limit=1)
    except DatabaseError:
        return Status(503, shapes.HealthShape(status="trouble", database="does not answer"))
    return Status(200, shapes.HealthShape(status="ok", database="ok", last_round=days[0] if days else None))


@api.get(
    "/cases/{path:account_ref}",
    summary="One account with everything known",
    response={200: shapes.CaseShape, **ASKING},
    auth=reads,
    tags=["cases"],
)
def case(
    request: HttpRequest, account_ref: Path[shapes.AccountRef], as_of: Query[shapes.PastDay | None] = None
) -> shapes.CaseShape:
    """One account: what is owed on `as_of` and why, how late, what happened, what was written.

    `as_of` is the house's day unless given.
    """
    history = casebook.history_of(account_ref)
    if history is None:
        raise Problem(404, f"the casebook does not know an account {account_ref}", do=_ENTER)
    person = casebook.persons([history.customer_ref])[history.customer_ref]
    day = as_of or daily.house_day(clock.today())
    owed, set_aside = _owed(history, day)
    standing = delinquency.standing_of(account_ref)
    facts = [fact for fact in casebook.facts_of(person.ref) if fact.account_ref in {None, account_ref}]
    messages = [m for m in contact.messages_of(person.ref) if m.account_ref in {None, account_ref}]
    return shapes.CaseShape(
        account=account_ref,
        customer=_customer(person),
        product=history.product,
        currency=history.currency,
        as_of=day,
        owed=owed,
        set_aside=set_aside,
        standing=_standing(standing) if standing else None,
        facts=[_fact(fact) for fact in reversed(facts[-MOST_FACTS:])],
        messages=[_message(message) for message in messages[:MOST_FACTS]],
    )


_ENTER = "Only accounts that were late once are in the casebook; the whole book is in the portfolio."


def _owed(history: AccountHistory, day: Any) -> tuple[shapes.OwedShape | None, str | None]:
    try:
        return shapes.OwedShape.of(reckoning.owed(history=history, as_of=day)), None
    except UnableToReckon as trouble:
        return None, trouble.what


@api.get(
    "/customers/{path:ref}/facts",
    summary="What happened to a customer",
    response={200: list[shapes.FactShape], **ASKING},
    auth=reads,
    tags=["customers"],
)
def customer_facts(
    request: HttpRequest, ref: Path[shapes.CustomerRef], page: Query[shapes.Page]
) -> list[shapes.FactShape]:
    """What happened to a customer and on their accounts, the latest first."""
    _known(ref)
    latest_first = casebook.facts_of(ref)[::-1]
    return [_fact(fact) for fact in latest_first[page.offset : page.offset + page.limit]]


@api.get(
    "/customers/{path:ref}/messages",
    summary="What was written to a customer",
    response={200: list[shapes.MessageShape], **ASKING},
    auth=reads,
    tags=["customers"],
)
def customer_messages(
    request: HttpRequest, ref: Path[shapes.CustomerRef], page: Query[shapes.Page]
) -> list[shapes.MessageShape]:
    """What was written or is planned to a customer, the latest first."""
    _known(ref)
    return [_message(message) for message in contact.messages_of(ref)[page.offset : page.offset + page.limit]]


@api.get(
    "/customers/{path:ref}",
    summary="A person and the ways to reach them",
    response={200: shapes.CustomerShape, **ASKING},
    auth=reads,
    tags=["customers"],
)
def customer(request: HttpRequest, ref: Path[shapes.CustomerRef]) -> shapes.CustomerShape:
    """A person, the ways to reach them, and their accounts."""
    return _customer(_known(ref))


@api.post(
    "/facts",
    summary="Tell that something happened",
    response={200: shapes.Recorded, 201: shapes.Recorded, **TELLING},
    auth=tells_facts,
    tags=["facts"],
)
def tell_fact(request: HttpRequest, told: shapes.FactTold) -> Status[shapes.Recorded]:
    """Tell that something happened. 201 the first time, 200 when the very same was told before.

    A fact that stops contact takes back what waits to be sent, at once.
    """
    _can_be_told(told)
    now, by = clock.now(), f"api:{request.auth}"  # type: ignore[attr-defined]
    key, payload = f"{by}:{told.idempotency_key}", told.payload.told()
    first = casebook_actions.record_fact(
        key=key,
        kind=told.kind,
        customer_ref=told.customer,
        account_ref=told.account,
        happened_at=told.happened_at,
        now=now,
        by=by,
        payload=payload,
    )
    if not first:
        _same_as_before(key, told, payload)
    if told.kind in STOPS_CONTACT:
        _take_back(told, now=now)
    return Status(201 if first else 200, shapes.Recorded(key=key, first=first))


@api.post(
    "/payments",
    summary="Tell that money came in",
    response={200: shapes.PaymentShape, 201: shapes.PaymentShape, **TELLING},
    auth=tells_payments,
    tags=["payments"],
)
def notice_payment(request: HttpRequest, noticed: shapes.PaymentNoticed) -> Status[shapes.PaymentShape]:
    """Tell that money came in. 201 the first time, 200 when it was known already.

    Where it is certain whose it is, the account is reckoned again at once and what waits to
    be sent is taken back; otherwise the money is kept with the reason, for a person to match.
    """
    now = clock.now()
    taken = intake.take_notice(
        notice=MoneyNotice(
            ref=noticed.ref,
            received_date=noticed.received_date,
            cents=noticed.amount.cents,
            currency=noticed.amount.currency,
            account_given=noticed.account,
            reference_given=noticed.reference,
            payer_name=noticed.payer_name,
            origin=f"api:{request.auth}",  # type: ignore[attr-defined]
        ),
        now=now,
    )
    if taken.account_ref:
        daily_actions.settle(account_refs=[taken.account_ref], now=now)
    standing = delinquency.standing_of(taken.account_ref) if taken.account_ref else None
    answer = shapes.PaymentShape(
        ref=noticed.ref,
        first=taken.first,
        account=taken.account_ref,
        because=shapes.WordsShape.of(taken.words),
        standing=_standing(standing) if standing else None,
    )
    return Status(201 if taken.first else 200, answer)


@api.post(
    "/clearances",
    summary="Ask for leave to make a contact",
    response={200: shapes.LeaveShape, 201: shapes.LeaveShape, **TELLING},
    auth=makes_contacts,
    tags=["clearances"],
)
def ask_leave(request: HttpRequest, asked: shapes.LeaveAsked) -> Status[shapes.LeaveShape]:
    """May this contact be made? 201 with the answer; 200 with the same one when asked again.

    Bank, agencies, robots and agents share one budget a person: a yes takes its place at once,
    until it is used, given back, or its time passes.
    """
    return leaves.ask(asked, caller=request.auth, now=clock.now())  # type: ignore[attr-defined]


@api.post(
    "/clearances/{key}/contact",
    summary="Tell what came of a cleared contact",
    response={200: shapes.Recorded, 201: shapes.Recorded, **TELLING},
    auth=makes_contacts,
    tags=["clearances"],
)
def report_contact(
    request: HttpRequest, key: UUID, reported: shapes.ContactReported
) -> Status[shapes.Recorded]:
    """Tell what came of it. Told in time or late, it is kept; made outside its leave, it is marked."""
    return leaves.report(str(key), reported, caller=request.auth, now=clock.now())  # type: ignore[attr-defined]


@api.post(
    "/clearances/{key}/give-back",
    summary="Give leave back that is not needed",
    response={200: shapes.LeaveShape, **TELLING},
    auth=makes_contacts,
    tags=["clearances"],
)
def give_back(request: HttpRequest, key: UUID) -> shapes.LeaveShape:
    """The contact will not be made: its place in the budget is free again."""
    return leaves.give_back(str(key), caller=request.auth, now=clock.now())  # type: ignore[attr-defined]


def _can_be_told(told: shapes.FactTold) -> None:
    """Raises Problem for what only the house records, for missing names and strangers."""
    if told.kind in OUR_OWN:
        raise _not_right("body.kind", f"{told.kind} is recorded by the house itself", told.kind)
    absent = missing(told.kind, told.payload)
    if absent:
        raise _not_right(f"body.payload.{absent[0]}", f"{told.kind} needs {', '.join(absent)}")
    if told.kind is FactKind.MANDATE:
        _is_a_mandate(told)
    person = _known(told.customer)
    if told.account is not None and told.account not in casebook.accounts_of(person.ref):
        raise _not_right("body.account", f"it is no account of customer {person.ref}", told.account)
    lifted = told.payload.fact
    if lifted is not None and all(fact.key != lifted for fact in casebook.facts_of(person.ref)):
        raise _not_right("body.payload.fact", f"no fact of customer {person.ref} has this key", lifted)


def _is_a_mandate(told: shapes.FactTold) -> None:
    if told.account is None:
        raise _not_right("body.account", "a mandate is for one account: name it")
    try:
        intake.read_mandate(told.payload.told())
    except intake.UnableToReadMandate as trouble:
        raise _not_right("body.payload", trouble.what) from trouble


def _not_right(field: str, what: str, value: str | None = None) -> Problem:
    return Problem(422, f"{field}: {what}", where=[WhereShape(field=field, what=what, value=value)])


def _same_as_before(key: str, told: shapes.FactTold, payload: dict[str, Any]) -> None:
    before = next((fact for fact in casebook.facts_of(told.customer) if fact.key == key), None)
    now_told = (told.kind, told.account, told.happened_at, payload)
    if before is None or now_told != (before.kind, before.account_ref, before.happened_at, before.payload):
        raise Problem(
            409,
            f"with the key {told.idempotency_key} something else was told before",
            do="A new fact needs a key of its own; a correction is a new fact.",
        )


def _take_back(told: shapes.FactTold, *, now: datetime) -> None:
    """Settle every account of the customer: what waits is withdrawn, for the reason given."""
    daily_actions.settle(
        account_refs=casebook.accounts_of(told.customer), now=now, because=daily_actions.TOLD
    )


def _known(ref: str) -> Person:
    person = casebook.persons([ref]).get(ref)
    if person is None:
        raise Problem(404, f"the casebook does not know a customer {ref}", do=_ENTER)
    return person


def _customer(person: Person) -> shapes.CustomerShape:
    return shapes.CustomerShape(
        ref=person.ref,
        name=person.name,
        language=person.language,
        zone=person.zone,
        points=[shapes.PointShape(kind=p.kind, value=p.value, source=p.source) for p in person.points],
        accounts=casebook.accounts_of(person.ref),
    )


def _standing(standing: Standing) -> shapes.StandingShape:
    return shapes.StandingShape(
        as_of=standing.as_of,
        owed=shapes.AmountShape.of(standing.owed_cents, standing.currency),
        minimum_due=shapes.AmountShape.of(standing.minimum_due_cents, standing.currency),
        overdue=shapes.AmountShape.maybe(standing.overdue_cents, standing.currency),
        days_past_due=standing.lateness.days_past_due,
        bucket=standing.lateness.bucket,
        class_2011=standing.lateness.class_2011,
        class_2023=standing.lateness.class_2023,
        late_since_date=standing.late_since_date,
        next_due_date=standing.next_due_date,
    )


def _fact(fact: Fact) -> shapes.FactShape:
    return shapes.FactShape(
        key=fact.key,
        kind=fact.kind,
        happened_at=fact.happened_at,
        recorded_at=fact.recorded_at,
        customer=fact.customer_ref,
        account=fact.account_ref,
        payload=dict(fact.payload),
        recorded_by=fact.recorded_by,
    )


def _message(message: Message) -> shapes.MessageShape:
    return shapes.MessageShape(
        key=message.key,
        account=message.account_ref,
        channel=message.channel,
        point=message.point,
        purpose=message.purpose,
        template=message.template,
        language=message.language,
        subject=message.subject,
        body=message.body,
        state=message.state,
        planned_on=message.planned_on,
        sent_at=message.sent_at,
        last_error=message.last_error,
    )
