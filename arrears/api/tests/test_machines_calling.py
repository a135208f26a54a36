"""What machines can ask and tell, with which key, and what a refusal says."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client

from arrears.api import keys
from arrears.api.models import ApiKey
from arrears.casebook.actions import enter, record_fact
from arrears.casebook.queries import facts_of, history_of, unmatched_money
from arrears.casebook.types import BookRows, FactKind
from arrears.contact import actions as contact
from arrears.contact import queries as outbox
from arrears.contact.types import MessageState, Planned, Wording
from arrears.kernel import clock

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(home):
    with clock.standing_at(NOON):
        yield


@pytest.fixture
def town():
    """Wang Xiaoming has spent 1,000.00 and missed a due date; Li Jing has an account too."""
    enter(
        rows=BookRows(
            customers=[("C1", "王小明", None, None), ("C2", "李静", None, None)],
            contact_points=[("C1", "mobile", "+8613800000001", None)],
            accounts=[
                ("A1", "C1", "cn.card", "CNY", None, None, None),
                ("A2", "C2", "cn.card", "CNY", None, None, None),
            ],
            postings=[("A1", "P1", "purchase", 100000, date(2026, 9, 20), None, "book.csv:2")],
            statements=[("A1", date(2026, 10, 5), date(2026, 10, 25), None, None, None)],
        ),
        now=NOON,
    )


class Machine:
    """A caller with a key."""

    def __init__(self, *scopes: str) -> None:
        self.client = Client(raise_request_exception=False)
        token = keys.new_key(name=f"machine-{ApiKey.objects.count()}", scopes=scopes, now=NOON)
        self.headers = {"Authorization": f"Bearer {token}"}

    def get(self, address: str):
        return self.client.get(f"/api/{address}", headers=self.headers)

    def post(self, address: str, body: object):
        content = body if isinstance(body, str) else json.dumps(body)
        return self.client.post(
            f"/api/{address}", content, content_type="application/json", headers=self.headers
        )


@pytest.fixture
def machine():
    return Machine(*keys.SCOPES)


def told(**different) -> dict:
    usual = {
        "idempotency_key": "k1",
        "kind": "dispute",
        "customer": "C1",
        "account": "A1",
        "happened_at": "2026-11-21T11:00:00+08:00",
        "payload": {"detail": "this purchase was not mine"},
    }
    return {**usual, **different}


def noticed(**different) -> dict:
    usual = {
        "ref": "PAY-1",
        "received_date": "2026-11-21",
        "amount": {"cents": 4000, "currency": "CNY"},
        "account": "A1",
    }
    return {**usual, **different}


def plan_reminder() -> None:
    contact.plan(
        messages=[
            Planned(
                key="m1",
                clearance_key="c1",
                customer_ref="C1",
                account_ref="A1",
                channel="sms",
                point="+8613800000001",
                template="reminder_late",
                language="zh-hans",
                wording=Wording("", "您好"),
                not_before=NOON,
                not_after=NOON + timedelta(hours=8),
                planned_on=NOON.date(),
            )
        ],
        now=NOON,
    )


# Keys


def test_health_is_open_to_all_and_asks_the_database(django_assert_num_queries):
    answer = Client().get("/api/health")
    assert (answer.status_code, answer.json()) == (
        200,
        {"status": "ok", "database": "ok", "last_round": None},
    )


def test_health_says_so_when_the_database_does_not_answer(monkeypatch):
    from django.db import OperationalError

    def gone(*args: object, **kwargs: object) -> object:
        raise OperationalError("gone")

    monkeypatch.setattr("arrears.api.addresses.connection.cursor", gone)
    answer = Client().get("/api/health")
    assert (answer.status_code, answer.json()["status"]) == (503, "trouble")


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer ", "Bearer arrears_000000000000_" + "x" * 43, "Basic eDp5", "x" * 9000],
)
def test_without_a_key_we_know_nothing_is_told(town, header):
    headers = {} if header is None else {"Authorization": header}
    answer = Client().get("/api/cases/A1", headers=headers)
    assert answer.status_code == 401 and answer["WWW-Authenticate"] == "Bearer"
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("scope", "call"),
    [
        ("facts:write", lambda m: m.get("cases/A1")),
        ("cases:read", lambda m: m.post("facts", told())),
        ("facts:write", lambda m: m.post("payments", noticed())),
    ],
)
def test_a_key_opens_only_what_its_scopes_say(town, scope, call):
    answer = call(Machine(scope))
    assert answer.status_code == 403 and "does not have the scope" in answer.json()["what"]


def test_a_revoked_key_opens_nothing(town, machine):
    keys.revoke(name="machine-0", now=NOON)
    assert machine.get("cases/A1").status_code == 401
    with pytest.raises(keys.UnableToRevokeKey):
        keys.revoke(name="machine-0", now=NOON)


def test_the_database_does_not_keep_the_key_itself():
    token = keys.new_key(name="core", scopes=["cases:read"], now=NOON)
    assert token.split("_", 2)[2] not in str(list(ApiKey.objects.values()))


@pytest.mark.parametrize(
    ("name", "scopes", "why"),
    [
        ("core", ["everything"], "no scope everything"),
        ("core", [], "opens nothing"),
        ("Core!", ["cases:read"], "no name"),
    ],
)
def test_a_key_nobody_could_use_is_not_made(name, scopes, why):
    with pytest.raises(keys.UnableToMakeKey, match=why):
        keys.new_key(name=name, scopes=scopes, now=NOON)


def test_a_name_is_given_once():
    keys.new_key(name="core", scopes=["cases:read"], now=NOON)
    with pytest.raises(keys.UnableToMakeKey, match="already"):
        keys.new_key(name="core", scopes=["cases:read"], now=NOON)


# Cases and customers


def test_a_case_says_what_is_owed_and_every_amount_unfolds_and_sums(town, machine):
    body = machine.get("cases/A1").json()
    owed = body["owed"]
    assert body["customer"]["name"] == "王小明" and body["currency"] == "CNY"
    assert sum(line["amount"]["cents"] for line in owed["lines"]) == owed["payoff"]["cents"]
    assert owed["payoff"]["cents"] > 100000 and owed["days_past_due"] > 0
    assert {"zh", "en"} == set(owed["lines"][0]["words"])


def test_amounts_are_cents_with_currency_and_a_text_to_show(town, machine):
    body = machine.get("cases/A1?as_of=2026-10-10").json()
    assert body["owed"]["statement_balance"] == {"cents": 100000, "currency": "CNY", "text": "1,000.00"}
    assert (body["as_of"], body["owed"]["days_past_due"]) == ("2026-10-10", 0)


def test_a_case_shows_facts_and_messages(town, machine):
    plan_reminder()
    machine.post("facts", told(kind="note", payload={"text": "called"}))
    body = machine.get("cases/A1").json()
    assert [fact["kind"] for fact in body["facts"]] == ["note"]
    assert [message["state"] for message in body["messages"]] == ["waiting"]


def test_a_case_that_cannot_be_reckoned_is_shown_with_the_reason(machine):
    accounts = [("A9", "C9", "no.such.card", "CNY", None, None, None)]
    enter(rows=BookRows(customers=[("C9", "孙丽", None, None)], accounts=accounts), now=NOON)
    body = machine.get("cases/A9").json()
    assert body["owed"] is None and "no.such.card" in body["set_aside"]


@pytest.mark.parametrize(
    "address", ["cases/A404", "customers/C404", "customers/C404/facts", "customers/%0A", "nowhere", "cases/"]
)
def test_what_is_not_known_is_said_with_what_to_do(town, machine, address):
    answer = machine.get(address)
    assert answer.status_code == 404 and answer["Content-Type"] == "application/problem+json"
    assert answer.json()["what"] and answer.json()["do"]


@pytest.mark.parametrize("address", ["cases/A%00", "cases/" + "x" * 65, "customers/C1/facts?limit=0"])
def test_what_cannot_be_a_reference_is_refused_with_its_place(town, machine, address):
    answer = machine.get(address)
    assert answer.status_code == 422 and answer.json()["where"][0]["field"]


def test_a_customers_facts_and_messages_come_the_latest_first_page_by_page(town, machine):
    for hour in (1, 2, 3):
        machine.post(
            "facts", told(idempotency_key=f"k{hour}", kind="note", happened_at=f"2026-11-21T0{hour}:00:00Z")
        )
    page = machine.get("customers/C1/facts?limit=2&offset=1").json()
    assert [fact["happened_at"] for fact in page] == ["2026-11-21T02:00:00Z", "2026-11-21T01:00:00Z"]
    assert machine.get("customers/C1/messages").json() == []
    assert machine.get("customers/C1").json()["accounts"] == ["A1"]


# Facts


def test_a_fact_is_recorded_once_however_often_it_is_told(town, machine):
    answers = [machine.post("facts", told()) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    [fact] = facts_of("C1")
    assert (fact.kind, fact.account_ref, fact.recorded_by) == ("dispute", "A1", "api:machine-0")
    assert fact.payload == {"detail": "this purchase was not mine"} and answers[0].json()["key"] == fact.key


@pytest.mark.parametrize(
    "other", [{"kind": "complaint"}, {"account": None}, {"customer": "C2", "account": None}, {"payload": {}}]
)
def test_one_key_cannot_tell_two_things(town, machine, other):
    machine.post("facts", told())
    answer = machine.post("facts", told(**other))
    assert answer.status_code == 409 and "something else was told" in answer.json()["what"]


def test_a_mandate_is_told_as_a_fact_of_one_account(town, machine):
    mandate = {
        "state": "signed",
        "mandate": "M-1",
        "signed_date": "2026-11-01",
        "debtor_name": "Wang Xiaoming",
        "account": {"other": "6217000099"},
        "scheme": "CN98ZZZ09999999999",
    }
    assert machine.post("facts", told(kind="mandate", payload=mandate)).status_code == 201
    assert [fact.payload["mandate"] for fact in facts_of("C1")] == ["M-1"]


def test_two_machines_may_use_the_same_key(town, machine):
    assert [m.post("facts", told()).status_code for m in (machine, Machine(*keys.SCOPES))] == [201, 201]


def test_a_fact_that_stops_contact_takes_back_what_waits(town, machine):
    plan_reminder()
    machine.post("facts", told())
    assert outbox.message("m1").state == MessageState.WITHDRAWN


def test_a_note_takes_nothing_back(town, machine):
    plan_reminder()
    machine.post("facts", told(kind="note"))
    assert outbox.message("m1").state == MessageState.WAITING


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "earthquake"}, "body.kind"),
        ({"kind": "signed_in"}, "body.kind"),
        ({"account": "A2"}, "body.account"),
        ({"happened_at": "2026-11-21T13:00:00Z"}, "body.happened_at"),
        ({"happened_at": "2026-11-21T11:00:00"}, "body.happened_at"),
        ({"happened_at": "0001-01-01T00:00:00+14:00"}, "body.happened_at"),
        ({"idempotency_key": ""}, "body.idempotency_key"),
        ({"idempotency_key": "a\x00b"}, "body.idempotency_key"),
        ({"surprise": 1}, "body.surprise"),
        ({"kind": "may_be_in"}, "body.payload.zones"),
        ({"kind": "may_be_in", "payload": {"zones": 5}}, "body.payload.zones"),
        ({"kind": "may_be_in", "payload": {"zones": ["Mars/Phobos"]}}, "body.payload.zones.0"),
        ({"kind": "asked_hours", "payload": {"hours": "at tea time"}}, "body.payload.hours"),
        ({"kind": "hold_lifted", "payload": {"fact": "nothing", "reason": "x"}}, "body.payload.fact"),
        ({"kind": "direct_debit"}, "body.kind"),
        ({"kind": "mandate"}, "body.payload.state"),
        ({"kind": "mandate", "payload": {"state": "signed", "mandate": "M1"}}, "body.payload"),
        ({"kind": "mandate", "account": None, "payload": {"state": "revoked"}}, "body.account"),
        ({"payload": {"until": "soon"}}, "body.payload.until"),
        ({"payload": {"text": "a\x00b"}}, "body.payload"),
        ({"payload": {"text": "x" * 20_000}}, "body.payload"),
    ],
)
def test_what_is_wrong_with_a_fact_is_said_with_its_place(town, machine, wrong, field):
    answer = machine.post("facts", told(**wrong))
    assert answer.status_code == 422, answer.content
    assert answer.json()["where"][0]["field"] == field
    assert facts_of("C1") == []


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "null",
        '"x"',
        "NaN",
        '{"payload": {"x": NaN}}',
        "\xff",
        '{"kind": "\\ud800"}',
        "[" * 100_000,
    ],
)
def test_a_body_nobody_can_read_is_refused_and_breaks_nothing(town, machine, body):
    answer = machine.post("facts", body)
    assert answer.status_code in {400, 422} and answer["Content-Type"] == "application/problem+json"


def test_a_body_too_large_is_refused(town, machine):
    answer = machine.post("facts", told(payload={"text": "x" * 3_000_000}))
    assert answer.status_code == 413


def test_infinity_is_no_number_to_keep(town, machine):
    body = json.dumps(told()).replace('"this purchase was not mine"', "1e999")
    assert machine.post("facts", body).status_code == 422


# Payments


def test_a_payment_reaches_the_account_at_once_and_takes_back_the_reminder(town, machine):
    plan_reminder()
    before = machine.get("cases/A1").json()["owed"]["payoff"]["cents"]
    answer = machine.post("payments", noticed())
    assert (answer.status_code, answer.json()["account"]) == (201, "A1")
    assert answer.json()["standing"]["owed"]["cents"] == before - 4000
    assert outbox.message("m1").state == MessageState.WITHDRAWN


def test_the_same_payment_twice_is_one_payment(town, machine):
    answers = [machine.post("payments", noticed()) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    payments = [movement for movement in history_of("A1").movements if movement.kind == "payment"]
    assert [payment.cents for payment in payments] == [4000]


def test_the_same_payment_with_another_amount_is_a_contradiction(town, machine):
    machine.post("payments", noticed())
    answer = machine.post("payments", noticed(amount={"cents": 5000, "currency": "CNY"}))
    assert answer.status_code == 409 and answer.json()["what"]


def test_money_nobody_can_place_is_kept_with_the_reason(town, machine):
    answer = machine.post("payments", noticed(account="A404"))
    assert answer.status_code == 201 and answer.json()["account"] is None and answer.json()["because"]["zh"]
    assert [money.ref for money in unmatched_money()] == ["PAY-1"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"amount": {"cents": 0, "currency": "CNY"}}, "body.amount.cents"),
        ({"amount": {"cents": -1, "currency": "CNY"}}, "body.amount.cents"),
        ({"amount": {"cents": 1.0, "currency": "CNY"}}, "body.amount.cents"),
        ({"amount": {"cents": "100", "currency": "CNY"}}, "body.amount.cents"),
        ({"amount": {"cents": 2**53 + 1, "currency": "CNY"}}, "body.amount.cents"),
        ({"amount": {"cents": 1, "currency": "yuan"}}, "body.amount.currency"),
        ({"received_date": "2026-12-01"}, "body.received_date"),
        ({"received_date": "1970-01-01"}, "body.received_date"),
        ({"ref": ""}, "body.ref"),
        ({"payer_name": "a\x00"}, "body.payer_name"),
    ],
)
def test_what_is_wrong_with_a_notice_is_said_with_its_place(town, machine, wrong, field):
    answer = machine.post("payments", noticed(**wrong))
    assert answer.status_code == 422, answer.content
    assert answer.json()["where"][0]["field"] == field


# Problems and the description


def test_a_fault_of_our_own_tells_a_number_and_nothing_else(town, machine, monkeypatch):
    def broken(ref: str) -> None:
        raise ZeroDivisionError("the secret reason")

    monkeypatch.setattr("arrears.api.addresses.casebook.history_of", broken)
    answer = machine.get("cases/A1")
    assert answer.status_code == 500 and answer.json()["what"].startswith("incident ")
    assert b"secret reason" not in answer.content


def test_the_pages_that_describe_the_api_load_nothing_from_elsewhere():
    page = Client().get("/api/docs").content.decode()
    assert "swagger-ui-bundle.js" in page and "http://" not in page and "https://" not in page
    assert json.loads(Client().get("/api/openapi.json").content)["info"]["title"] == "Arrears API"


def test_a_get_where_a_post_belongs_is_refused(machine):
    assert machine.get("payments").status_code == 405


# Leave for contacts --------------------------------------------------------------------


def wish(**changes):
    return {
        "idempotency_key": "call-1",
        "customer": "C1",
        "account": "A1",
        "channel": "call",
        "point": "+8613800000001",
        **changes,
    }


@pytest.fixture
def dialler():
    return Machine("contacts:write")


def agency(name):
    caller = Machine("cases:read")
    token = keys.new_key(name=f"agency-{name}", scopes=["contacts:write"], now=NOON)
    caller.headers = {"Authorization": f"Bearer {token}"}
    return caller


def test_leave_is_asked_used_and_told_what_came_of_it(town, dialler):
    answer = dialler.post("clearances", wish())
    leave = answer.json()
    assert answer.status_code == 201 and leave["answer"] == "cleared" and leave["refusals"] == []
    told = dialler.post(f"clearances/{leave['key']}/contact", {"outcome": "no_answer"})
    assert told.status_code == 201
    assert dialler.post(f"clearances/{leave['key']}/contact", {"outcome": "no_answer"}).status_code == 200
    (fact,) = facts_of("C1")
    assert fact.payload["outcome"] == "no_answer" and "outside_leave" not in fact.payload
    assert dialler.post(f"clearances/{leave['key']}/give-back", {}).status_code == 409


def test_words_told_of_a_contact_are_kept_and_then_read(town, dialler):
    leave = dialler.post("clearances", wish()).json()
    told = {"outcome": "conversation", "text": "告诉他再不还就要坐牢。"}
    for status in (201, 200):
        assert dialler.post(f"clearances/{leave['key']}/contact", told).status_code == status
    made, questioned = facts_of("C1")
    assert made.payload["text"] == told["text"] and questioned.kind is FactKind.WORDS_QUESTIONED
    assert questioned.payload["sent"] and questioned.payload["findings"][0]["kind"] == "consequence"


def test_asked_again_the_answer_is_the_one_given(town, dialler):
    first, again = (dialler.post("clearances", wish()) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200) and first.json() == again.json()
    other = dialler.post("clearances", wish(channel="sms"))
    assert other.status_code == 409


def test_at_night_the_answer_says_which_rule_and_from_when(town, dialler):
    at_night = NOON + timedelta(hours=11)  # 23:00 in Shanghai
    leave = dialler.post("clearances", wish(at=at_night.isoformat())).json()
    assert leave["answer"] == "deferred" and leave["cured_at"] == "2026-11-22T00:00:00Z"
    rule = leave["refusals"][0]
    assert rule["rule"] == "cn.cba2026.quiet_hours" and rule["words"]["zh"] and rule["reference"]


def hand_over_to(name):
    for kind in ("assigned", "told_of_assignment"):
        record_fact(
            key=kind,
            kind=FactKind(kind),
            customer_ref="C1",
            account_ref="A1",
            happened_at=NOON - timedelta(days=3),
            now=NOON,
            by="leader",
            payload={"agency": name, "on_list": True},
        )


def test_bank_and_agency_share_one_budget(town, dialler):
    hand_over_to("anxin")
    collectors = [dialler, agency("anxin")]
    for number in range(8):
        caller = collectors[number % 2]
        leave = caller.post("clearances", wish(idempotency_key=f"k{number}")).json()
        if leave["answer"] == "cleared":
            caller.post(f"clearances/{leave['key']}/contact", {"outcome": "no_answer"})
    made = [fact for fact in facts_of("C1") if fact.payload.get("outcome") == "no_answer"]
    assert len(made) == 6
    assert leave["refusals"][0]["rule"] == "cn.cba2026.attempts_per_point"


def test_leave_given_back_frees_its_place(town, dialler):
    keys_given = [
        dialler.post("clearances", wish(idempotency_key=f"k{number}")).json()["key"] for number in range(6)
    ]
    assert dialler.post("clearances", wish(idempotency_key="k6")).json()["answer"] != "cleared"
    assert dialler.post(f"clearances/{keys_given[0]}/give-back", {}).json()["given_back"] is True
    assert dialler.post("clearances", wish(idempotency_key="k7")).json()["answer"] == "cleared"


def test_an_agency_asks_in_no_other_name_and_touches_no_leave_of_others(town, dialler):
    leave = dialler.post("clearances", wish()).json()
    stranger = agency("anxin")
    assert stranger.post("clearances", wish(by="issuer")).status_code == 403
    assert stranger.post(f"clearances/{leave['key']}/contact", {"outcome": "no_answer"}).status_code == 404
    assert stranger.post(f"clearances/{leave['key']}/give-back", {}).status_code == 404


def test_a_contact_made_outside_its_leave_is_kept_and_marked(town, dialler):
    leave = dialler.post("clearances", wish(valid_minutes=5)).json()
    late = (NOON + timedelta(minutes=30)).isoformat()
    with clock.standing_at(NOON + timedelta(hours=1)):
        told = dialler.post(f"clearances/{leave['key']}/contact", {"outcome": "conversation", "at": late})
    assert told.status_code == 201
    assert facts_of("C1")[-1].payload["outside_leave"] is True


def test_what_was_refused_is_no_leave_to_report_under(town, dialler):
    leave = dialler.post("clearances", wish(at=(NOON + timedelta(hours=11)).isoformat())).json()
    assert dialler.post(f"clearances/{leave['key']}/contact", {"outcome": "no_answer"}).status_code == 409
