"""Apache Fineract's own scenarios, where schedule, payment and lateness mean what they mean here.

A table of instalments is compared row by row: paid, paid ahead, paid late, still open, and
the day it was covered; a table of lateness by amount and days past due. Scenarios with
charges, interest on the balance, reversals, refunds or several disbursements mean something
else and are left out; docs/arrangements.md says what and why.
"""

import json
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest

from arrears.arrangements.core.following import parts_seen
from arrears.arrangements.core.schedule import split
from arrears.arrangements.types import Part, Schedule

DAY = timedelta(days=1)
NEUTRAL = (
    "business date", "creates a client", "customized loan", "customised Loan", "default Loan", "approves",
    "disburse the loan", "Repayment schedule has", "Total row", "Transactions tab", "status", "outstanding",
    "repayment on", "inline COB", "Journal", "delinquency", "DELINQUENCY", "Delinquency",
)  # fmt: skip
PAID = re.compile(r'makes "\w+" repayment on "([^"]+)" with ([\d.]+) EUR')
TODAY = re.compile(r'business date to "([^"]+)"')
LENT = re.compile(r'successfully disburse the loan on "([^"]+)" with "([\d.]+)"')


def day_of(text: str) -> date:
    return datetime.strptime(text, "%d %B %Y").date()  # noqa: DTZ007 - a day, no time


def cents_of(text: str) -> int:
    return round(float(text or 0) * 100)


def scenarios(shared) -> list[dict]:
    file = shared / "data" / "fineract" / "scenarios_share_even.json"
    if not file.exists():
        pytest.skip("Fineract's scenarios are not on this machine")
    return json.loads(file.read_text("utf-8"))


def means_the_same(scenario: dict) -> bool:
    texts = [one["step"] for one in [*scenario["background"], *scenario["steps"]]]
    neutral = all(any(word in text for word in NEUTRAL) for text in texts)
    # AUTO products pay the first instalment by themselves, which no step tells.
    itself = any("AUTO" in cell for one in scenario["steps"] for row in one["table"] for cell in row)
    return neutral and not itself and sum(bool(LENT.search(text)) for text in texts) == 1


def told(scenario: dict) -> Iterator[tuple[date, list[tuple[date, int]], str, list[list[str]]]]:
    """(business day, money so far, step, its table) of every table."""
    today, money = date.min, []
    for one in scenario["steps"]:
        if found := TODAY.search(one["step"]):
            today = day_of(found[1])
        if found := PAID.search(one["step"]):
            money.append((day_of(found[1]), cents_of(found[2])))
        if one["table"]:
            yield today, list(money), one["step"], one["table"]


def instalment_rows(scenario: dict) -> Iterator[tuple[dict, dict]]:
    """(theirs, ours) of every instalment of every table."""
    for today, money, step, table in told(scenario):
        if "data for periods" not in step:
            continue
        rows = [dict(zip(table[0], row, strict=False)) for row in table[1:]]
        first, rows = rows[0], [row for row in rows if row["Nr"]]
        schedule = Schedule(
            day_of(first["Date"]),
            tuple(Part(n, day_of(row["Date"]), cents_of(row["Due"])) for n, row in enumerate(rows, 1)),
        )
        for row, ours in zip(rows, ours_of(schedule, money, today), strict=True):
            theirs = {name: cents_of(row[name]) for name in ("Paid", "In advance", "Late", "Outstanding")}
            yield {**theirs, "Paid date": row["Paid date"]}, ours


def ours_of(schedule: Schedule, money, today: date) -> Iterator[dict]:
    for number, seen in enumerate(parts_seen(schedule, money, on=today)):
        before = parts_seen(schedule, money, on=seen.part.day - DAY)[number].paid_cents
        by_then = parts_seen(schedule, money, on=seen.part.day)[number].paid_cents
        yield {
            "Paid": seen.paid_cents,
            "In advance": min(before, seen.paid_cents),
            "Late": max(0, seen.paid_cents - by_then),
            "Outstanding": seen.part.due_cents - seen.paid_cents,
            "Paid date": f"{seen.paid_date:%d %B %Y}" if seen.paid_date else "",
        }


def test_instalments_paid_ahead_in_time_and_late(shared):
    same, different, used = 0, [], set()
    for scenario in filter(means_the_same, scenarios(shared)):
        for theirs, ours in instalment_rows(scenario):
            used.add(scenario["no"])
            if theirs == ours:
                same += 1
            else:
                different.append((scenario["no"], theirs, ours))
    assert same >= 80 and different == []


def test_how_late_and_how_much(shared):
    same, different = 0, []
    for scenario in scenarios(shared):
        tables = [one for one in told(scenario) if "LOAN level delinquency" in one[2]]
        if not tables:
            continue
        schedule = down_payment_schedule(scenario)
        for today, money, _, table in tables:
            theirs = dict(zip(table[0], table[1], strict=False))
            late = [  # their question is asked in the middle of a day: due before it, money of it counted
                one for one in parts_seen(schedule, money, on=today)
                if one.part.day < today and one.paid_date is None
            ]  # fmt: skip
            ours = (
                sum(one.part.due_cents - one.paid_cents for one in late),
                (today - late[0].part.day).days if late else 0,
            )
            if ours == (cents_of(theirs["delinquentAmount"]), int(theirs["pastDueDays"])):
                same += 1
            else:
                different.append((scenario["no"], today, theirs, ours))
    assert same >= 10 and different == []


def down_payment_schedule(scenario: dict) -> Schedule:
    """A quarter on the day lent, the rest in equal parts, so many days apart: their product's terms."""
    [terms] = [one["table"] for one in scenario["steps"] if "fully customized loan" in one["step"]]
    said = dict(zip(terms[0], terms[1], strict=False))
    lent = day_of(said["submitted on date"])
    whole, every, number = (
        cents_of(said["with Principal"]),
        int(said["repaymentEvery"]),
        int(said["numberOfRepayments"]),
    )
    parts = [whole // 4, *split(whole - whole // 4, number)]
    return Schedule(
        lent - DAY, tuple(Part(n, lent + (n - 1) * every * DAY, cents) for n, cents in enumerate(parts, 1))
    )


def test_parts_without_interest_differ_only_in_where_the_cents_go(shared):
    """Fineract rounds each instalment to the whole unit its product says; ours are exact to the cent.
    Both sum to the debt, and no instalment is further apart than their unit."""
    tried = 0
    for scenario in filter(means_the_same, scenarios(shared)):
        for _, _, step, table in told(scenario):
            rows = [dict(zip(table[0], row, strict=False)) for row in table[1:]]
            if "data for periods" not in step or any(cents_of(row["Interest"]) for row in rows):
                continue
            theirs = [cents_of(row["Principal due"]) for row in rows if row["Nr"]]
            if len(set(theirs[:-1])) > 1:
                continue  # a down payment, or a schedule changed on the way
            ours = split(sum(theirs), len(theirs))
            assert all(abs(a - b) < 100 for a, b in zip(theirs[:-1], ours[:-1], strict=True))
            tried += 1
    assert tried > 5
