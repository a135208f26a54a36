"""Buckets and classes at their edges."""

from datetime import date

import pytest

from arrears.delinquency.core import lateness_of
from arrears.delinquency.types import bucket_of

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("days", "bucket"),
    [
        (0, "M0"),
        (1, "M1"),
        (30, "M1"),
        (31, "M2"),
        (60, "M2"),
        (90, "M3"),
        (91, "M4"),
        (180, "M6"),
        (181, "M7+"),
        (4000, "M7+"),
    ],
)
def test_buckets_change_every_thirty_days(days, bucket):
    assert bucket_of(days) == bucket


@pytest.mark.parametrize(
    ("days", "cards", "assets"),
    [
        (0, "normal", "normal"),
        (1, "special_mention", "special_mention"),
        (90, "special_mention", "special_mention"),
        (91, "substandard", "substandard"),
        (120, "substandard", "substandard"),
        (121, "doubtful", "substandard"),
        (181, "loss", "substandard"),
        (270, "loss", "substandard"),
        (271, "loss", "doubtful"),
        (360, "loss", "doubtful"),
        (361, "loss", "loss"),
    ],
)
def test_the_two_laws_classify_the_same_days_differently(days, cards, assets):
    late = lateness_of(days, on=TODAY)
    assert (late.class_2011, late.class_2023) == (cards, assets)


def test_a_law_does_not_classify_days_before_it_was_in_force():
    late = lateness_of(200, on=date(2005, 10, 1))
    assert (late.class_2011, late.class_2023) == (None, None)
