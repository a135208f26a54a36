"""Why somebody pays late, as they said, chooses the step."""

from pathlib import Path

import pytest

from arrears.kernel.trouble import WrongConfiguration
from arrears.rulebook.reasons import proposed_from, reasons
from arrears.strategy.ladder import FOLDER, load_ladder


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("我忘了还款日，今天就还", "forgot"),
        ("住院两个月了", "ill"),
        ("这笔不是本人消费", "not_mine"),
        ("I was laid off in September", "lost_job"),
        ("你好，我想问一下账单", None),
        ("", None),
    ],
)
def test_a_text_proposes_the_reason_it_speaks_of(text, code):
    assert proposed_from(text) == code


def test_the_longest_sign_wins_where_several_stand():
    assert proposed_from("没有工作，没钱") == "lost_job"


def test_every_sign_belongs_to_one_reason():
    signs = [sign.lower() for reason in reasons().values() for sign in reason.signs]
    assert len(signs) == len(set(signs))


def test_a_ladder_with_an_unknown_reason_is_refused_with_its_line(tmp_path: Path):
    bad = (FOLDER / "standard.yaml").read_text("utf-8").replace("reason: [technical]", "reason: [tecnical]")
    (tmp_path / "bad.yaml").write_text(bad, "utf-8")
    with pytest.raises(WrongConfiguration, match=r"line \d+.*unknown reason 'tecnical'"):
        load_ladder.__wrapped__(tmp_path / "bad.yaml")
