"""Card terms: every product loads, dates hold, mistakes name the nearest right word."""

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from arrears.kernel.trouble import WrongConfiguration
from arrears.rulebook import terms as t

SHORT = """product: my.card
title: {{zh: 卡, en: Card}}
currency: CNY
extends: cn.card
terms:
  {name}:
    reviewed_on: 2026-01-01
    values:
    - value: '{value}'
      until: 2025-12-31
      reference: contract
    - value: '{value}'
      from: {later}
      reference: contract
"""


@pytest.mark.parametrize("product", sorted(t.products()))
def test_every_product_loads_and_says_where_each_term_is_written(product: str) -> None:
    terms = t.load_terms(product, on=date(2026, 11, 1))
    assert terms.rates and terms.rate_unit > 0
    assert all(source.reference and source.title.zh and source.title.en for source in terms.sources.values())


def rate(terms: t.CardTerms, day: date) -> Fraction:
    number = (day - date(1970, 1, 1)).days
    step = [step for step in terms.rates if step.day <= number][-1]
    return Fraction(step.purchases, terms.rate_unit)


def test_the_rate_is_capped_until_2020_and_free_from_2021() -> None:
    terms = t.load_terms("cn.card", overrides={"daily_rate": "0.0006"})
    assert rate(terms, date(2020, 12, 31)) == Fraction(5, 10_000)
    assert rate(terms, date(2021, 1, 1)) == Fraction(6, 10_000)


@pytest.mark.parametrize(
    ("text", "per_day"),
    [
        ("0.05%", Fraction(1, 2000)),
        ("18.25% a year", Fraction(1, 2000)),
        ("2.5% a month", Fraction(25 * 12, 1000 * 365)),
    ],
)
def test_rates_are_exact_fractions(text: str, per_day: Fraction) -> None:
    terms = t.load_terms("hk.card", overrides={"daily_rate": text})
    assert rate(terms, date(2026, 1, 1)) == per_day


def test_other_names_of_a_term_are_understood() -> None:
    assert t.load_terms("cn.icbc") != t.load_terms("cn.icbc", overrides={"interest_method": "full_amount"})
    assert t.load_terms("cn.card", overrides={"fee_bears_interest": "yes"}).fees_bear_interest == 1
    assert t.load_terms("cn.card", overrides={"capitalisation": "no"}).compounding == 0
    assert t.load_terms("cn.card", overrides={"interest_basis": "unpaid"}).method == 1
    assert t.load_terms("cn.card", overrides={"free_period": "unpaid_part"}).method == 1
    monthly = t.load_terms("us.card", overrides={"monthly_rate": "2.5%"})
    assert rate(monthly, date(2026, 1, 1)) == Fraction(3, 3650)


def test_fees_bore_interest_until_2016() -> None:
    assert t.load_terms("cn.card", on=date(2016, 12, 31)).fees_bear_interest == 1
    assert t.load_terms("cn.card", on=date(2017, 1, 1)).fees_bear_interest == 0


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"tolerance_day": "3"}, "did you mean 'tolerance_days'"),
        ({"day_count": "plane"}, "did you mean 'plain'"),
        ({"free_period": "unpaid"}, "free_period: unknown value 'unpaid'"),
        ({"daily_rate": "0.0005", "annual_rate": "18%"}, "daily_rate is written twice"),
        ({"tolerance_amount": "1.005"}, "fraction of the smallest unit"),
        ({"tolerance_amount": "-1.00"}, "negative"),
        ({"daily_rate": "5"}, "beyond 1 % a day"),
        ({"daily_rate": "0.05% a week"}, "no rate"),
        ({"minimum_of_purchases": "1.5"}, "no share"),
        ({"minimum_of_purchases": "1/0"}, "no number"),
        ({"tolerance_days": "3.5"}, "no number of days"),
    ],
)
def test_a_mistaken_term_is_refused_with_the_right_word(overrides: dict[str, str], message: str) -> None:
    with pytest.raises(WrongConfiguration, match=message):
        t.load_terms("cn.card", overrides=overrides)


def test_an_unknown_product_names_the_nearest() -> None:
    with pytest.raises(WrongConfiguration, match=r"did you mean 'cn\.card'"):
        t.load_terms("cn.cart")


@pytest.fixture
def own_products(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ARREARS_HOME", str(tmp_path))
    (tmp_path / "terms").mkdir()
    return tmp_path / "terms" / "my.card.yaml"


def test_an_institution_adds_its_own_product(own_products: Path) -> None:
    own_products.write_text(SHORT.format(name="late_fee_floor", value="7.00", later="2026-01-01"), "utf-8")
    terms = t.load_terms("my.card")
    assert terms.late_fee_floor == 700
    assert terms.tolerance_days == 3


@pytest.mark.parametrize(
    ("name", "later", "message"),
    [
        ("late_fee_floor", "2025-06-01", "overlaps"),
        ("late_fee_flor", "2026-01-01", "did you mean 'late_fee_floor'"),
    ],
)
def test_a_product_with_a_mistake_names_file_and_line(
    own_products: Path, name: str, later: str, message: str
) -> None:
    own_products.write_text(SHORT.format(name=name, value="7.00", later=later), "utf-8")
    with pytest.raises(WrongConfiguration, match=message) as refused:
        t.load_terms("my.card")
    assert str(own_products) in str(refused.value)
    assert "line " in str(refused.value)
