"""Rule files and house policy: what is refused, and where the message points."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from arrears.kernel.trouble import WrongConfiguration
from arrears.rulebook.law import LAW_FOLDER, NO_POLICY, load_law, load_policies, rules_in_force

DAY = date(2026, 6, 10)
QUIET = "cn/cba2026.quiet_hours.yaml"


@pytest.fixture
def law(tmp_path: Path) -> Path:
    return Path(shutil.copytree(LAW_FOLDER, tmp_path / "law"))


@pytest.fixture
def change(law: Path) -> Callable[[str, str, str], None]:
    def change_it(name: str, before: str, after: str) -> None:
        text = (law / name).read_text("utf-8")
        assert before in text
        (law / name).write_text(text.replace(before, after), "utf-8")

    return change_it


def refused(law: Path) -> str:
    with pytest.raises(WrongConfiguration) as refusal:
        load_law(law)
    return str(refusal.value)


def test_every_rule_has_a_reference_a_review_and_both_languages() -> None:
    for rule in load_law().rules.values():
        assert rule.refusal.zh and rule.refusal.en and rule.title.zh and rule.title.en
        assert rule.reviewed_on >= date(2026, 1, 1)
        assert all(value.reference for value in rule.values)


def test_a_value_without_reference_is_refused_by_file_and_line(
    law: Path, change: Callable[..., None]
) -> None:
    guide = "《金融机构个人消费类贷款催收工作指引（试行）》（中国银行业协会，2026-01-30）"
    change(QUIET, f'  reference: "{guide} (CBA Guide 2026)"\n', "")
    message = refused(law)
    assert "cba2026.quiet_hours.yaml, line" in message and "reference" in message


def test_overlapping_dates_are_refused(law: Path, change: Callable[..., None]) -> None:
    again = '- from: 2026-01-30\n  reference: "again"\n  value: {hours: "09:00-20:00"}\nsource:'
    change(QUIET, "source:", again)
    assert "overlaps" in refused(law)


def test_a_rule_that_binds_an_unknown_book_is_refused_with_the_nearest(
    law: Path, change: Callable[..., None]
) -> None:
    change(QUIET, "cn.card_issuer", "cn.card_isuer")
    assert "Did you mean 'cn.card_issuer'" in refused(law)


def test_a_rule_id_must_be_the_name_of_its_file(law: Path, change: Callable[..., None]) -> None:
    change(QUIET, "id: cn.cba2026.quiet_hours", "id: cn.cba2026.loud_hours")
    assert "line 1" in refused(law)


def test_hours_nobody_can_read_are_refused(law: Path, change: Callable[..., None]) -> None:
    change(QUIET, "08:00-22:00", "8-22")
    assert "08:00-22:00" in refused(law)


def test_an_unknown_book_suggests_the_nearest() -> None:
    with pytest.raises(WrongConfiguration, match="Did you mean 'hk"):
        rules_in_force("hk.bnak", DAY)


def test_a_repealed_rule_is_gone_after_its_day_and_explained_before(
    law: Path, change: Callable[..., None]
) -> None:
    change(QUIET, "source:", '- from: 2026-12-01\n  reference: "repeal"\n  value: null\nsource:')
    before = {rule.id for rule in rules_in_force("cn.card_issuer", date(2026, 11, 30), law=law)}
    after = {rule.id for rule in rules_in_force("cn.card_issuer", date(2026, 12, 1), law=law)}
    assert before - after == {"cn.cba2026.quiet_hours"}


def test_a_rule_does_not_bind_before_its_first_day() -> None:
    before = {rule.id for rule in rules_in_force("cn.card_issuer", date(2026, 1, 29))}
    assert "cn.cba2026.quiet_hours" not in before and "cn.gbt45251.quiet_hours" in before


def policy(folder: Path, tighten: str) -> Path:
    folder.mkdir()
    (folder / "own.yaml").write_text(
        "title: {zh: 本行, en: ours}\nbooks: [cn.card_issuer]\ntighten:\n" + tighten, "utf-8"
    )
    return folder


def tightening(rule: str, value: str) -> str:
    return f"- rule: {rule}\n  from: 2026-01-01\n  value: {value}\n  reason: {{zh: 从严, en: stricter}}\n"


def test_house_policy_may_tighten(tmp_path: Path) -> None:
    own = policy(tmp_path / "own", tightening("cn.cba2026.attempts_per_point", "{most: 3}"))
    rules = {rule.id: rule for rule in rules_in_force("cn.card_issuer", DAY, policy=(own,))}
    assert rules["cn.cba2026.attempts_per_point"].value.most == 3
    assert rules["cn.cba2026.attempts_per_point"].tightened


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        ("cn.cba2026.attempts_per_point", "{most: 7}"),
        ("cn.cba2026.quiet_hours", '{hours: "08:00-22:30"}'),
        ("cn.cba2026.quiet_hours", '{hours: "08:00-22:00", closing_included: true}'),
        ("cn.cba2026.visit_two_collectors", "{at_least: 1}"),
        ("uk.breathing_space.moratorium", "{days: 59}"),
    ],
)
def test_house_policy_that_loosens_is_refused_by_file_and_line(tmp_path: Path, rule: str, value: str) -> None:
    own = policy(tmp_path / "own", tightening(rule, value))
    with pytest.raises(WrongConfiguration) as refusal:
        load_policies(own)
    assert "own.yaml, line 6" in str(refusal.value) and "loosens" in str(refusal.value)


def test_house_policy_has_no_key_to_switch_a_rule_off(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    text = "title: {zh: 本行, en: ours}\nbooks: [cn.card_issuer]\nswitch_off: [cn.cba2026.quiet_hours]\n"
    (own / "own.yaml").write_text(text, "utf-8")
    with pytest.raises(WrongConfiguration, match="Did you mean 'switch_on'"):
        load_policies(own)


def test_what_nobody_could_verify_is_off_until_the_house_switches_it_on() -> None:
    name = "cn.cba2026.visit_evidence"
    assert load_law().rules[name].status == "off_by_default"
    assert name not in {rule.id for rule in rules_in_force("cn.card_issuer", DAY, policy=NO_POLICY)}
    assert name in {rule.id for rule in rules_in_force("cn.card_issuer", DAY)}


def test_house_policy_for_a_rule_nobody_wrote_is_refused_by_file_and_line(tmp_path: Path) -> None:
    own = policy(tmp_path / "own", tightening("cn.cba2026.quiet_hour", '{hours: "09:00-20:00"}'))
    with pytest.raises(WrongConfiguration) as refusal:
        load_policies(own)
    assert "own.yaml, line 4" in str(refusal.value)
    assert "Did you mean 'cn.cba2026.quiet_hours'" in str(refusal.value)


def test_a_book_that_takes_itself_in_is_refused_by_file_and_line(
    law: Path, change: Callable[..., None]
) -> None:
    change("books.yaml", "includes: [cn.card_issuer]", "includes: [cn.agency]")
    message = refused(law)
    assert "books.yaml, line" in message and "'cn.agency' includes itself" in message


@pytest.mark.parametrize(
    ("rule", "value", "message"),
    [
        ("uk.conc.hours", '{hours: "09:00-20:00"}', "binds none of the books cn.card_issuer"),
        ("cn.gbt45251.conversations", "{most: 2, days: 3}", "has no 'days'"),
        ("cn.card2011.art68_who", "{most: 2}", "has no 'most'"),
        ("cn.card2011.art68_who", "{}", "has no number"),
    ],
)
def test_house_policy_that_would_change_nothing_is_refused_by_file_and_line(
    tmp_path: Path, rule: str, value: str, message: str
) -> None:
    with pytest.raises(WrongConfiguration) as refusal:
        load_policies(policy(tmp_path / "own", tightening(rule, value)))
    assert "own.yaml, line 4" in str(refusal.value) and message in str(refusal.value)


def quiet(hours: str) -> str:
    return tightening("cn.cba2026.quiet_hours", f'{{hours: "{hours}"}}')


def test_of_several_policies_each_tightens_where_it_is_the_stricter(tmp_path: Path) -> None:
    folders = (policy(tmp_path / "a", quiet("09:00-22:00")), policy(tmp_path / "b", quiet("08:00-20:00")))
    rules = {rule.id: rule for rule in rules_in_force("cn.card_issuer", DAY, policy=folders)}
    assert str(rules["cn.cba2026.quiet_hours"].hours) == "09:00-20:00"


def test_policies_that_leave_no_hour_are_refused(tmp_path: Path) -> None:
    own = policy(tmp_path / "own", quiet("08:00-12:00") + quiet("14:00-20:00"))
    with pytest.raises(WrongConfiguration, match="no hour of the day: 08:00-12:00 and 14:00-20:00"):
        rules_in_force("cn.card_issuer", DAY, policy=(own,))


def test_one_mistake_is_told_of_once(law: Path, change: Callable[..., None]) -> None:
    change(QUIET, '{hours: "08:00-22:00"}', '{hour: "08:00-22:00"}')
    message = refused(law)
    assert "Did you mean 'hours'" in message and "more of this kind" not in message


def test_a_key_that_is_a_list_is_refused_by_its_line(law: Path, change: Callable[..., None]) -> None:
    change(QUIET, "strength: must", "? [strength, must]\n: must")
    assert "cba2026.quiet_hours.yaml, line 13" in refused(law)
