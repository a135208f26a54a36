"""One thing, one text: keys in order, no spaces, no fractions, UTC."""

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from arrears.evidence.types import canonical, in_order, plain, told

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(values)
def test_it_is_what_pythons_own_json_says_with_sorted_keys(value):
    assert canonical(value) == json.dumps(
        value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )


@given(values)
def test_what_is_written_is_read_back(value):
    assert json.loads(canonical(value)) == value


def test_the_order_in_which_keys_were_told_does_not_matter():
    assert canonical({"b": 1, "a": {"d": 2, "c": 3}}) == canonical({"a": {"c": 3, "d": 2}, "b": 1})


def test_a_set_is_written_in_order():
    assert canonical(frozenset({"sms", "call", "email"})) == '["call","email","sms"]'


def test_a_fraction_is_kept_as_text():
    assert canonical({"rate": 0.05}) == '{"rate":"0.05"}'


def test_one_moment_is_one_text_whatever_the_zone():
    utc = datetime(2026, 6, 10, 4, tzinfo=UTC)
    assert canonical(utc) == canonical(utc.astimezone(ZoneInfo("Asia/Shanghai"))) == '"2026-06-10T04:00:00Z"'


def test_the_two_half_past_ones_of_a_day_that_has_25_hours_differ():
    zone = ZoneInfo("America/New_York")
    first, second = (datetime(2026, 11, 1, 1, 30, tzinfo=zone, fold=fold) for fold in (0, 1))
    assert canonical(first) == '"2026-11-01T05:30:00Z"' and canonical(second) == '"2026-11-01T06:30:00Z"'


def test_a_day_is_written_as_a_day():
    assert canonical(date(2028, 2, 29)) == '"2028-02-29"'


def test_what_has_no_form_is_refused():
    try:
        canonical(timedelta(1))
    except TypeError as refused:
        assert "timedelta has no form" in str(refused)
    else:
        raise AssertionError("it was written")


def test_a_record_repeats_in_its_body_what_it_is_looked_up_by():
    record = told("fact", customer_ref="C1", about="k", recorded_at=datetime(2026, 6, 10, tzinfo=UTC), x=1)
    assert json.loads(record.body) == {
        "kind": "fact", "customer": "C1", "about": "k", "recorded_at": "2026-06-10T00:00:00Z", "x": 1
    }  # fmt: skip
    assert record.body == in_order(plain(json.loads(record.body)))
