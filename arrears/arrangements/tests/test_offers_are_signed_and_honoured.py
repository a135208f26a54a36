"""Offers and quotations: who may, up to where, signed, honoured to the cent, refused with words."""

import json
import threading
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import connection

from arrears.arrangements import actions, models, queries, spending
from arrears.arrangements.core.drafting import cost_of_not_agreeing, debt_of
from arrears.arrangements.tests.town import (
    AGENT,
    CUSTOMER,
    DAY,
    HARD,
    LEADER,
    MANAGER,
    TODAY,
    WHY,
    accept,
    agreed,
    noon,
    offer,
    pays,
    people,
    tell_hold,
)
from arrears.arrangements.types import Asked, Kind, Monthly, OfferState, Surroundings, Who
from arrears.casebook import actions as writing
from arrears.casebook import queries as casebook
from arrears.casebook.types import BookRows, FactKind, Movement, MovementKind
from arrears.reckoning import queries as reckoning
from arrears.rulebook.arrangements import Limits, budgets

pytestmark = pytest.mark.django_db
NEXT_MONTH = date(2026, 7, 5)
POOR = Surroundings(reasons=("ill",))


@pytest.fixture(autouse=True)
def town(db):
    people()


def owed(account="A1", on=TODAY):
    return reckoning.owed(history=casebook.history_of(account), as_of=on)


def refused(because, seen, **how):
    with pytest.raises(actions.UnableToAccept) as trouble:
        accept(seen, **how)
    assert trouble.value.because == because
    return trouble.value


# --- what may be offered


@pytest.mark.parametrize(
    ("kind", "how"),
    [
        (Kind.EXTENSION, {"day": TODAY + 10 * DAY}),
        (Kind.INSTALMENT_BALANCE, {"months": 12}),
        (Kind.PERSONAL, {"months": 24}),
        (Kind.SETTLEMENT, {"day": TODAY + 5 * DAY, "cents": 620_000}),
        (Kind.WAIVER, {"of": "late_fee"}),
    ],
)
def test_an_agent_offers_within_the_limits_and_it_is_signed_at_once(kind, how):
    people_late = TODAY + 15 * DAY if kind is Kind.SETTLEMENT else TODAY
    how = {**how, "day": how["day"] + 15 * DAY} if kind is Kind.SETTLEMENT else how
    seen = offer(kind, on=people_late, **how)
    assert seen.state is OfferState.OPEN and seen.signature
    assert queries.verify(json.dumps(queries.document_of(seen)), now=noon(people_late, 13)).good


def test_instalments_sum_to_what_is_owed_and_leave_nothing_out():
    seen = offer(Kind.INSTALMENT_BALANCE, months=12)
    assert sum(row[2] for row in seen.content["schedule"]) == owed().payoff_cents


def test_beyond_everybody_it_is_refused_at_once_with_the_nearest_that_is_allowed():
    with pytest.raises(actions.UnableToOffer) as trouble:
        offer(Kind.EXTENSION, day=TODAY + 90 * DAY)
    assert trouble.value.nearest.day == TODAY + 60 * DAY


def test_more_than_sixty_months_is_never_offered():
    with pytest.raises(actions.UnableToOffer) as trouble:
        offer(Kind.PERSONAL, months=61, who=MANAGER)
    assert trouble.value.nearest.months == 60


def test_a_settlement_below_the_floor_names_the_floor():
    on = TODAY + 15 * DAY
    with pytest.raises(actions.UnableToOffer) as trouble:
        offer(Kind.SETTLEMENT, day=on + DAY, cents=100_000, on=on)
    then = reckoning.what_if(
        history=casebook.history_of("A1"), payments=[], as_of=on + DAY
    ).before.payoff_cents
    assert trouble.value.nearest.cents == -(-then * 7 // 10)


def test_the_nearest_that_is_named_is_allowed():
    on = TODAY + 15 * DAY
    with pytest.raises(actions.UnableToOffer) as trouble:
        offer(Kind.SETTLEMENT, day=on + DAY, cents=100_000, on=on)
    near = trouble.value.nearest
    assert offer(Kind.SETTLEMENT, "o2", day=near.day, cents=near.cents, on=on).state is OfferState.WAITING


def test_a_reason_is_wanted_where_the_policy_says_so():
    with pytest.raises(actions.UnableToOffer, match="lost job"):
        offer(Kind.INSTALMENT_BALANCE, months=6, told=Surroundings())


@pytest.mark.parametrize(
    "missing",
    [{"willing": False}, {"sustainable_cents": None}, {"sustainable_cents": 900_000}, {"reasons": ()}],
)
def test_article_70_wants_ability_exceeded_and_willingness(missing):
    with pytest.raises(actions.UnableToOffer):
        offer(Kind.PERSONAL, months=24, told=replace(HARD, **missing))


def test_article_70_has_its_six_terms():
    terms = offer(Kind.PERSONAL, months=24).content["terms"]
    assert [zh[0] for zh, _ in terms] == list("一二三四五六")


def test_a_plan_nobody_could_keep_is_refused_with_one_that_can_be_kept():
    with pytest.raises(actions.UnableToOffer) as trouble:
        offer(Kind.PERSONAL, months=12)
    assert offer(Kind.PERSONAL, "o2", months=trouble.value.nearest.months).content["months"] == 21


def test_an_instalment_balance_is_not_put_into_instalments_again():
    agreed(Kind.INSTALMENT_BALANCE, months=12)
    with pytest.raises(actions.UnableToOffer, match=r"2022 No\. 13"):
        offer(Kind.INSTALMENT_BALANCE, "o2", months=24)


def test_article_70_may_take_an_instalment_balance_up_again():
    first = agreed(Kind.INSTALMENT_BALANCE, months=12)
    second = agreed(Kind.PERSONAL, "a2", months=24, on=TODAY + DAY, told=HARD_ENOUGH)
    assert queries.agreement(first.key).state == "replaced"
    assert second.schedule.principal_cents == first.schedule.principal_cents
    assert owed(on=TODAY + DAY).payoff_cents == 0


HARD_ENOUGH = Surroundings(reasons=("ill",), willing=True, sustainable_cents=30_000, recording="tape-2")


def test_the_bank_itself_charges_the_fee_of_the_cards_terms_and_article_70_none():
    assert offer(Kind.PERSONAL, months=24).content["fee_cents"] == 0


def test_the_same_key_asked_twice_is_one_offer():
    assert offer(Kind.PERSONAL, months=24).key == offer(Kind.PERSONAL, months=24).key


# --- the ladder of approval


def waiting():
    return offer(Kind.PERSONAL, months=30)


def test_beyond_the_agent_it_waits_for_those_who_may():
    seen = waiting()
    assert (seen.state, seen.approvers, seen.signature) == (
        OfferState.WAITING,
        ("team_leader", "manager"),
        "",
    )
    assert [one.key for one in queries.waiting_for_approval("team_leader")] == [seen.key]


def test_approved_by_one_who_may_it_is_signed():
    seen = actions.approve(offer_key=waiting().key, who=LEADER, because="fair", now=noon())
    assert seen.state is OfferState.OPEN and accept(seen).state == "performing"


def test_nobody_approves_their_own():
    own = Who(AGENT.name, "manager")
    with pytest.raises(actions.UnableToApprove, match="their own"):
        actions.approve(offer_key=waiting().key, who=own, because="", now=noon())


def test_a_colleague_of_the_same_role_may_not_approve():
    with pytest.raises(
        actions.UnableToApprove, match="班组长、经理。 / One of these may: team leader, manager"
    ):
        actions.approve(offer_key=waiting().key, who=Who("sun", "agent"), because="", now=noon())


def test_declined_with_a_reason_it_cannot_be_accepted():
    seen = actions.decline(offer_key=waiting().key, who=LEADER, because="too long", now=noon())
    assert seen.decided_because == "too long"
    refused("not_open", seen)


def test_an_offer_waiting_for_approval_cannot_be_accepted():
    refused("not_open", waiting())


def test_money_that_came_meanwhile_asks_for_a_new_draft():
    seen = waiting()
    pays(1000, TODAY)
    with pytest.raises(actions.UnableToApprove, match="money moved"):
        actions.approve(offer_key=seen.key, who=LEADER, because="", now=noon())


def test_a_kind_not_open_to_a_role_waits_for_somebody_above():
    seen = offer(Kind.PERSONAL, months=24, who=CUSTOMER)
    assert "agent" in seen.approvers


# --- the quotation


def test_every_face_gets_the_same_signed_text():
    seen = offer(Kind.PERSONAL, months=24)
    assert queries.offer(seen.key).quotation == seen.quotation == queries.offers_of("A1")[0].quotation


def test_a_changed_cent_is_found_out():
    document = queries.document_of(offer(Kind.PERSONAL, months=24))
    document["quotation"]["schedule"][0][2] -= 1
    assert queries.verify(json.dumps(document), now=noon()).because == "changed"


def test_a_quotation_signed_by_nobody_of_ours_is_changed():
    document = queries.document_of(offer(Kind.PERSONAL, months=24))
    document["signature"] = "A" * 86 + "=="
    assert queries.verify(json.dumps(document), now=noon()).because == "changed"


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"quotation": 1, "signature": "x"}', "\x00"])
def test_what_is_no_quotation_is_said_to_be_none(text):
    with pytest.raises(actions.UnableToArrange, match="no quotation"):
        queries.verify(text, now=noon())


def test_a_binary_fraction_in_a_quotation_is_a_change():
    document = queries.document_of(offer(Kind.PERSONAL, months=24))
    document["quotation"]["principal_cents"] = 1.5
    assert queries.verify(json.dumps(document), now=noon()).because == "changed"


def test_accepted_with_a_changed_copy_it_is_refused_and_the_true_one_named():
    seen = offer(Kind.PERSONAL, months=24)
    held = {**seen.content, "fee_cents": -1}
    trouble = refused("changed", seen, document=(held, seen.signature))
    assert trouble.new_offer == seen.key


def test_expired_it_is_refused_with_a_new_quotation():
    seen = offer(Kind.PERSONAL, months=24)
    trouble = refused("expired", seen, on=date(2026, 6, 16))
    assert queries.offer(trouble.new_offer).state is OfferState.OPEN


def test_a_quotation_stands_to_the_end_of_its_last_day_and_not_beyond_the_first_instalment():
    seen = offer(Kind.PERSONAL, months=24)  # ten days, but the first instalment is on the 15th
    assert seen.ends_at == noon(date(2026, 6, 15), 0) + DAY
    assert accept(seen, on=date(2026, 6, 15), hour=23).state == "performing"


def test_superseded_it_is_refused_and_the_newer_one_named():
    first, second = offer(Kind.PERSONAL, months=24), offer(Kind.PERSONAL, "o2", months=23)
    assert refused("superseded", first).new_offer == second.key


def test_money_that_arrived_since_is_a_new_quotation():
    seen = offer(Kind.PERSONAL, months=24)
    pays(21_377, TODAY)
    fresh = queries.offer(refused("moved", seen, hour=21).new_offer)
    assert fresh.content["principal_cents"] == seen.content["principal_cents"] - 21_377


def test_a_statement_printed_meanwhile_changes_nothing():
    seen = offer(Kind.PERSONAL, months=24)
    writing.enter(
        rows=BookRows(
            customers=[("C1", "王小明", None, None)],
            accounts=[("A1", "C1", "cn.card", "CNY", None, 5_000_000, None)],
            statements=[("A1", date(2026, 6, 12), date(2026, 7, 2), None, None, None)],
        ),
        now=noon(date(2026, 6, 12)),
    )
    assert accept(seen, on=date(2026, 6, 13)).state == "performing"
    assert owed(on=date(2026, 6, 13)).payoff_cents == 0


def test_accepted_already_it_is_refused():
    seen = offer(Kind.PERSONAL, months=24)
    accept(seen)
    refused("accepted", seen, key="a2")


def test_accepting_twice_with_one_key_is_one_agreement():
    seen = offer(Kind.PERSONAL, months=24)
    assert accept(seen) == accept(seen)
    assert models.Agreement.objects.count() == 1


def test_an_oral_article_70_agreement_without_a_recording_is_refused():
    seen = offer(Kind.PERSONAL, months=24, told=replace(HARD, recording=""))
    with pytest.raises(actions.UnableToAccept, match="recording"):
        accept(seen, recording="")
    assert accept(seen, recording="", who=CUSTOMER, channel="portal").state == "performing"


def test_its_recording_is_kept_until_the_debt_is_settled():
    seen = agreed(months=24)
    assert queries.recordings_to_keep() == [(seen.key, "tape-1")]
    pays(owed_before(seen), TODAY + DAY)
    actions.follow(on=TODAY + 2 * DAY, now=noon(TODAY + 2 * DAY))
    assert queries.recordings_to_keep() == []


def owed_before(seen):
    return seen.schedule.principal_cents


# --- what acceptance does


def test_the_ledger_honours_the_plan_to_the_cent():
    seen = agreed(months=24)
    for number, part in enumerate(seen.schedule.parts):
        pays(part.due_cents, part.day)
        if number % 6 == 5:
            actions.follow(on=part.day + DAY, now=noon(part.day + DAY), proposes=False)
            assert owed(on=part.day + DAY).payoff_cents == 0
    last = seen.schedule.parts[-1].day + DAY
    assert owed(on=last).payoff_cents == 0 and queries.agreement("a1").state == "done"


def test_the_agreement_is_a_fact_in_the_casebook():
    agreed(months=24)
    facts = [fact for fact in casebook.facts_of("C1") if fact.kind is FactKind.AGREEMENT]
    assert [fact.payload["state"] for fact in facts] == ["performing"]


def test_a_waiver_takes_the_late_fee_off_at_once():
    before = owed().payoff_cents
    agreed(Kind.WAIVER, of="late_fee", told=POOR)
    assert before - owed().payoff_cents == 3000


def test_a_waived_charge_cannot_be_waived_again():
    agreed(Kind.WAIVER, of="late_fee", told=POOR)
    with pytest.raises(actions.UnableToOffer, match="not given up yet"):
        offer(Kind.WAIVER, "o2", of="late_fee", told=POOR)


def test_a_paid_late_fee_comes_back_as_a_credit():
    pays(owed().payoff_cents, TODAY)
    agreed(Kind.WAIVER, of="late_fee", told=POOR)
    assert owed().payoff_cents == -3000


def test_a_settlement_gives_the_rest_up_when_the_sum_has_come():
    on = TODAY + 15 * DAY
    agreed(Kind.SETTLEMENT, day=on + 5 * DAY, cents=620_000, on=on, told=POOR)
    pays(620_000, on + 3 * DAY)
    assert owed(on=on + 4 * DAY).payoff_cents > 0
    actions.follow(on=on + 4 * DAY, now=noon(on + 4 * DAY))
    assert owed(on=on + 4 * DAY).payoff_cents == 0


def test_a_settlement_gives_up_nothing_that_was_bought_since():
    on = TODAY + 15 * DAY
    agreed(Kind.SETTLEMENT, day=on + 5 * DAY, cents=620_000, on=on, told=POOR)
    bought = Movement("P9", MovementKind.PURCHASE, 5000, on + DAY)
    writing.post(account_ref="A1", movements=[bought], origin="test", now=noon(on + DAY))
    pays(620_000, on + 3 * DAY)
    actions.follow(on=on + 4 * DAY, now=noon(on + 4 * DAY))
    assert owed(on=on + 4 * DAY).payoff_cents == 5000


def test_the_banks_own_line_for_the_same_credit_counts_once():
    seen = agreed(months=24)
    row = ("A1", "BANK-1", "credit_adjustment", seen.schedule.principal_cents, TODAY + DAY, None, None)
    account = ("A1", "C1", "cn.card", "CNY", None, 5_000_000, None)
    writing.enter(
        rows=BookRows(customers=[("C1", "王小明", None, None)], accounts=[account], postings=[row]),
        now=noon(TODAY + 2 * DAY),
    )
    assert owed(on=TODAY + 2 * DAY).payoff_cents == 0


# --- budgets


def test_what_is_given_up_counts_against_the_month_until_it_is_over():
    offer(Kind.WAIVER, of="late_fee", told=POOR)
    assert set(models.Budget.objects.values_list("scope", "used_cents")) == {
        ("member:agent:wang.agent", 3000), ("team:east", 3000),
    }  # fmt: skip


def test_a_superseded_offer_gives_its_budget_back():
    offer(Kind.WAIVER, of="late_fee", told=POOR)
    offer(Kind.PERSONAL, "o2", months=24)
    assert set(models.Budget.objects.values_list("used_cents", flat=True)) == {0}


def test_an_expired_offer_gives_its_budget_back_in_the_round():
    offer(Kind.WAIVER, of="late_fee", told=POOR)
    report = actions.follow(on=TODAY + 9 * DAY, now=noon(TODAY + 9 * DAY))
    assert report.expired == 1 and set(models.Budget.objects.values_list("used_cents", flat=True)) == {0}


def test_a_customer_has_a_small_budget_of_their_own():
    offer(Kind.WAIVER, of="late_fee", told=POOR, who=CUSTOMER)
    with pytest.raises(actions.UnableToOffer, match=r"¥20\.00 are left"):
        actions.offer(
            key="o3", account_ref="A2", asked=Asked(Kind.WAIVER, of="late_fee", cents=3000),
            who=CUSTOMER, now=noon(), surroundings=POOR,
        )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_a_budget_holds_however_many_spend_at_once(home, monkeypatch):
    policy = home / "arrangements" / "budgets.yaml"
    policy.parent.mkdir(parents=True)
    policy.write_text(
        "title: {zh: 额度, en: b}\nreviewed_on: 2026-11-21\n"
        "currencies:\n  CNY: {member_cents: {agent: 5000}, team_cents: {}}\n"
    )
    results = []

    def spend(account: str) -> None:
        try:
            offer(
                Kind.WAIVER, f"k{account}", account=account, of="late_fee", told=POOR, who=Who("zoe", "agent")
            )
            results.append("given")
        except actions.UnableToOffer:
            results.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=spend, args=(account,)) for account in ("A1", "A2", "A3")]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(results) == ["given", "refused", "refused"]
    assert models.Budget.objects.get().used_cents == 3000


@pytest.mark.django_db(transaction=True)
def test_two_faces_that_accept_at_once_make_one_agreement():
    seen = offer(Kind.PERSONAL, months=24)
    results = []

    def agree(key: str) -> None:
        try:
            results.append(accept(seen, key).state)
        except actions.UnableToAccept as trouble:
            results.append(trouble.because)
        finally:
            connection.close()

    threads = [threading.Thread(target=agree, args=(key,)) for key in ("desk", "portal")]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(results) == ["accepted", "performing"]


# --- plans


def test_up_to_three_plans_the_best_for_the_customer_first():
    found = queries.plans_for("A1", role="agent", on=TODAY, sustainable_cents=60_000, willing=True)
    assert 1 <= len(found) <= 3
    assert [one.expected_cost_cents for one in found] == sorted(one.expected_cost_cents for one in found)
    assert all(one.monthly_cents <= 60_000 for one in found)


def test_not_agreeing_costs_more_than_a_plan_of_article_70():
    [best, *_] = queries.plans_for("A1", role="manager", on=TODAY, sustainable_cents=30_000, willing=True)
    assert (best.kind, best.cost_cents) == (Kind.PERSONAL, 0)
    assert best.not_agreeing.paying_nothing_cents > best.not_agreeing.paying_what_one_can_cents > 0


def test_not_agreeing_never_costs_more_than_courts_would_grant():
    """Late fees on unpaid minimums would multiply the debt on paper; nobody could be made to pay that."""
    [best, *_] = queries.plans_for("A1", role="manager", on=TODAY, sustainable_cents=30_000, willing=True)
    end = best.schedule.parts[-1].day
    by_its_terms = reckoning.what_if(history=casebook.history_of("A1"), payments=[(end, 1)], as_of=end)
    on_paper = by_its_terms.before.payoff_cents - owed().payoff_cents
    granted = owed().payoff_cents * 24 * (end - TODAY).days // 36_500
    assert best.not_agreeing.at_most_millionths == 240_000
    assert best.not_agreeing.paying_nothing_cents <= granted < on_paper


def test_a_cards_own_lower_ceiling_goes_before_that_of_the_courts():
    history = casebook.history_of("A1")
    lower = replace(history, terms={**history.terms, "cost_ceiling": "0.12"})
    plan = queries.plans_for("A1", role="manager", on=TODAY, sustainable_cents=30_000, willing=True)[0]
    usual, low = (
        cost_of_not_agreeing(debt_of(each, on=TODAY), plan.schedule, sustainable_cents=30_000)
        for each in (history, lower)
    )
    assert low.at_most_millionths == 120_000
    assert low.paying_nothing_cents < usual.paying_nothing_cents


def test_where_nothing_can_be_afforded_no_plan_is_pretended():
    assert queries.plans_for("A1", role="manager", on=TODAY, sustainable_cents=100, willing=True) == ()


def test_a_plan_proposed_can_be_offered_as_it_stands():
    [best, *_] = queries.plans_for(
        "A1", role="agent", on=TODAY, sustainable_cents=30_000, willing=True, pay_days=Monthly(15)
    )
    seen = offer(best.kind, months=best.months)
    assert [row[2] for row in seen.content["schedule"]] == [p.principal_cents for p in best.schedule.parts]


def test_what_was_kept_before_moves_the_ranking():
    def never(kind, months):
        return 0 if months <= 24 else 1_000_000

    found = queries.plans_for(
        "A1", role="manager", on=TODAY, sustainable_cents=60_000, willing=True, chance=never
    )
    assert found[0].months > 24


def test_cancelled_because_the_customer_asks_the_rest_falls_due_at_its_principal():
    seen = agreed(months=24)
    on = TODAY + timedelta(days=1)
    actions.cancel_agreement(agreement_key=seen.key, who=AGENT, because=WHY, now=noon(on))
    assert owed(on=on).payoff_cents == seen.schedule.principal_cents


# --- what stands in the way


@pytest.mark.parametrize("kind", [FactKind.DISPUTE, FactKind.FRAUD, FactKind.DECEASED, FactKind.MINOR])
def test_nothing_is_offered_or_promised_while_it_is_unsure_whether_and_by_whom_anything_is_owed(kind):
    tell_hold(kind)
    with pytest.raises(actions.UnableToOffer) as trouble:
        offer(Kind.EXTENSION, day=TODAY + 5 * DAY)
    assert trouble.value.words == queries.why_barred("A1")
    with pytest.raises(actions.UnableToPromise):
        actions.record_promise(
            key="p1", account_ref="A1", cents=1000, day=TODAY, channel="call", who=AGENT, now=noon()
        )


def test_hardship_is_a_hold_and_the_best_reason_to_offer_something():
    tell_hold(FactKind.HARDSHIP)
    assert offer(Kind.EXTENSION, day=TODAY + 5 * DAY).state is OfferState.OPEN


def test_a_dispute_of_another_card_stands_in_nobodys_way():
    tell_hold(FactKind.DISPUTE, account="A2")
    assert offer(Kind.EXTENSION, day=TODAY + 5 * DAY).state is OfferState.OPEN


def test_a_quotation_is_not_accepted_once_the_debt_is_disputed():
    seen = offer(Kind.INSTALMENT_BALANCE, months=6)
    tell_hold(FactKind.DISPUTE)
    with pytest.raises(actions.UnableToAccept) as trouble:
        accept(seen)
    assert trouble.value.because == "held" and trouble.value.new_offer is None


def test_the_budget_left_is_what_this_month_has_not_given_up():
    offer(Kind.WAIVER, of="late_fee", told=POOR)
    own, team = queries.budget_left(AGENT, on=TODAY)
    assert own.limit_cents - own.left_cents == 3000 and team.is_teams and not own.is_teams
    assert queries.budget_left(AGENT, on=TODAY + 30 * DAY)[0].left_cents == own.limit_cents


def test_an_account_in_dollars_spends_from_a_budget_in_dollars_and_is_told_of_it_so(monkeypatch):
    limits = {"USD": Limits(member_cents={"agent": 2000}, team_cents={"default": 9000})}
    cny = budgets().currencies["CNY"]
    monkeypatch.setattr(
        "arrears.arrangements.spending.budgets",
        lambda: budgets().model_copy(update={"currencies": {"CNY": cny, **limits}}),
    )
    spending.reserve(spending.scopes_of(AGENT, "USD"), 1500, month=spending.month_of(TODAY))
    with pytest.raises(actions.UnableToOffer, match=r"\$10\.00，.{7} 本人额度只剩 \$5\.00"):
        spending.reserve(spending.scopes_of(AGENT, "USD"), 1000, month=spending.month_of(TODAY))
    left = {(one.currency, one.is_teams): one.left_cents for one in queries.budget_left(AGENT, on=TODAY)}
    assert left["USD", False] == 500 and left["CNY", False] == cny.member_cents["agent"]
    with pytest.raises(actions.UnableToOffer, match="EUR"):
        spending.scopes_of(AGENT, "EUR")


# --- days on which banks are open: 10 October 2026 is a Saturday worked for the holiday of 1 to 7


def days_of(seen):
    return [date.fromisoformat(row[1]) for row in seen.content["schedule"]]


def test_an_instalment_may_fall_on_a_saturday_worked_to_make_up_for_a_holiday():
    assert date(2026, 10, 10) in days_of(offer(Kind.INSTALMENT_BALANCE, months=6, pay_days=Monthly(10)))


def test_no_instalment_falls_on_a_holiday_in_the_week():
    days = days_of(offer(Kind.INSTALMENT_BALANCE, months=6, pay_days=Monthly(1)))
    assert date(2026, 10, 8) in days and date(2026, 10, 1) not in days


def test_the_quotation_made_anew_keeps_the_same_calendar():
    seen = offer(Kind.INSTALMENT_BALANCE, months=6, pay_days=Monthly(1))
    pays(1000, TODAY)
    again = queries.offer(refused("moved", seen).new_offer)
    assert date(2026, 10, 8) in days_of(again) and again.key != seen.key


def test_the_plans_proposed_keep_the_same_calendar():
    plans = queries.plans_for("A1", role="agent", on=TODAY, pay_days=Monthly(1))
    days = {part.day for plan in plans for part in plan.schedule.parts}
    assert date(2026, 10, 8) in days and date(2026, 10, 1) not in days
