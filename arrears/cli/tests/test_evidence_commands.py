"""Evidence on the command line: a key, a signature, a check, a bundle, a replay; exit codes tell."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from arrears.clearance.tests.town import ask, people
from arrears.cli.app import app
from arrears.cli.evidence import seal_and_sign
from arrears.evidence import actions
from arrears.evidence.keys import UnableToSign
from arrears.evidence.tests.town import unguarded

pytestmark = pytest.mark.django_db


def evidence(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["evidence", *words], env={"LANG": "en_US.UTF-8"})
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


@pytest.fixture(autouse=True)
def an_answer(home):
    people()
    ask()


def test_what_is_as_it_was_ends_with_nought():
    code, said = evidence("verify")
    assert code == 0 and "; 0 not as they were" in said
    assert "last verified" in evidence("state")[1]


def test_one_byte_changed_ends_with_one_and_names_the_record():
    actions.seal()
    with unguarded() as cursor:
        cursor.execute("update evidence_record set body = replace(body, 'mobile-1', 'mobile-2')")
    code, said = evidence("verify")
    assert code == 1 and "#1  answer  C1" in said


def test_without_a_key_signing_says_what_to_do_and_the_rest_goes_on():
    with pytest.raises(UnableToSign, match="there is no signing key"):
        evidence("sign")
    assert "evidence key new" in seal_and_sign()
    assert evidence("verify")[0] == 0


def test_a_key_is_made_shown_and_signs():
    made = evidence("key", "new")[1]
    assert "BEGIN PUBLIC KEY" in made and made.split("fingerprint ")[1][:64] in evidence("key", "show")[1]
    assert "days signed" in evidence("sign", "--on", "2026-06-10")[1]
    assert '"day":"2026-06-10"' in evidence("roots", "--from", "2026-06-10", "--to", "2026-06-10")[1]
    assert seal_and_sign() == ""


def test_roots_handed_out_are_compared(tmp_path):
    evidence("key", "new")
    evidence("sign", "--on", "2026-06-10")
    handed_out = tmp_path / "roots.txt"
    handed_out.write_text(evidence("roots")[1].replace('"count":1', '"count":7'))
    code, said = evidence("verify", "--against", str(handed_out))
    assert code == 1 and "is not the one that was handed out" in said


def test_a_bundle_is_written_and_holds(tmp_path):
    evidence("key", "new")
    evidence("sign", "--on", "2026-06-10")
    code, said = evidence("export", "--customer", "C1", str(tmp_path / "out"))
    assert code == 0 and "1 records" in said
    check = [sys.executable, str(tmp_path / "out" / "check.py")]
    assert subprocess.run(check, capture_output=True).returncode in {0, 2}  # 2: no openssl here


def test_a_replay_without_differences_ends_with_nought():
    code, said = evidence("replay", "--from", "2026-06-10", "--to", "2026-06-10")
    assert code == 0 and "1 questions asked again, 0 answered otherwise" in said


def test_an_answer_that_would_be_another_ends_with_one():
    """A record made up by a house that cleared at night."""
    with unguarded() as cursor:
        cursor.execute("update evidence_sheet set moulds = replace(moulds, '10T04:00:00Z', '10T16:00:00Z')")
    code, said = evidence("replay")
    assert code == 1 and "cn.cba2026.quiet_hours  does not refuse  ->  refuses until" in said


def test_a_replay_by_another_days_rules_ends_with_nought_whatever_it_shows():
    ask("night", at=ask("p2").not_before.replace(hour=14, minute=30))
    code, said = evidence("replay", "--rules-on", "2024-01-01")
    assert code == 0 and "cn.cba2026.quiet_hours  refuses until" in said
