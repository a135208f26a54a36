"""A stranger checks a bundle in a process of their own: no Arrears, no packages, openssl."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from arrears.evidence import actions, keys
from arrears.evidence.bundle import UnableToExport, export
from arrears.evidence.tests.town import A_DAY, DAY, NOON, tell

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl on this machine"),
]


@pytest.fixture(autouse=True)
def three_days(home):
    actions.new_key(now=NOON - 2 * A_DAY)
    tell("a", at=NOON - 2 * A_DAY)
    tell("b", "c", at=NOON - A_DAY, customer="C2", words="李静说“下周还”")
    tell("d", "e", at=NOON - A_DAY, customer="C3", words="秘密")
    tell("f", customer="C2")
    actions.close_days(before=DAY, now=NOON)
    actions.seal()


def check(folder: Path) -> tuple[int, str]:
    plain = {"PATH": os.environ["PATH"], "PYTHONIOENCODING": "utf-8"}
    asked = [sys.executable, "-I", "-S", str(folder / "check.py"), str(folder)]
    done = subprocess.run(asked, capture_output=True, text=True, env=plain, cwd="/")
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def of_customer(tmp_path) -> Path:
    return export(tmp_path / "out", customer_ref="C2", now=NOON).place


@pytest.fixture
def of_day(tmp_path) -> Path:
    return export(tmp_path / "out", first=DAY - A_DAY, last=DAY - A_DAY, now=NOON).place


def lines(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "records.jsonl").read_text("utf-8").splitlines()]


def rewrite(folder: Path, records: list[dict]) -> None:
    """Write records and a manifest that agrees with them, as a forger would."""
    text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    (folder / "records.jsonl").write_text(text, "utf-8")
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    manifest["files"] = {
        name: sha256((folder / name).read_bytes()).hexdigest()
        for name in manifest["files"]
        if (folder / name).exists()
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")


def test_a_bundle_of_one_customer_holds_and_shows_nobody_else(of_customer):
    code, said = check(of_customer)
    assert code == 0 and "3 records, 1 signed days, 1 records not signed yet" in said
    assert [json.loads(record["body"])["about"] for record in lines(of_customer)] == ["b", "c", "f"]
    assert "秘密" not in (of_customer / "records.jsonl").read_text("utf-8")


def test_a_bundle_of_a_whole_day_holds(of_day):
    code, said = check(of_day)
    assert code == 0 and "4 records, 1 signed days, 0 records not signed yet" in said


def test_a_bundle_of_everything_holds_and_fits_one_file(tmp_path):
    made = export(tmp_path / "all.zip", now=NOON)
    assert (made.records, made.roots, made.unsigned) == (7, 2, 1)
    with zipfile.ZipFile(made.place) as packed:
        packed.extractall(tmp_path / "unpacked")
    assert check(tmp_path / "unpacked")[0] == 0


def test_a_bundle_of_a_house_without_records_on_those_days_holds(tmp_path):
    made = export(tmp_path / "out", first=DAY + 9 * A_DAY, now=NOON)
    assert made.records == 0 and check(made.place)[0] == 0


def test_a_bundle_of_somebody_unknown_is_empty_and_holds(tmp_path):
    made = export(tmp_path / "out", customer_ref="C99", now=NOON)
    assert made.records == 0 and check(made.place)[0] == 0


@pytest.mark.parametrize("bundle", ["of_customer", "of_day"])
def test_one_letter_changed_is_named(bundle, request):
    folder = request.getfixturevalue(bundle)
    records = lines(folder)
    records[1]["body"] = records[1]["body"].replace("下周", "上周")
    rewrite(folder, records)
    code, said = check(folder)
    assert code == 1 and f"record {records[1]['position']}: changed" in said


@pytest.mark.parametrize("bundle", ["of_customer", "of_day"])
def test_a_record_written_anew_with_its_hash_is_named(bundle, request):
    folder = request.getfixturevalue(bundle)
    records = lines(folder)
    body = records[0]["body"].replace("下周", "上周")
    digest = sha256(bytes.fromhex(records[0]["previous"]) + sha256(body.encode()).digest())
    records[0] |= {"body": body, "hash": digest.hexdigest()}
    rewrite(folder, records)
    code, said = check(folder)
    assert code == 1 and ("is not in the signed root" in said or "not those of the signed root" in said)


def test_a_record_left_out_of_a_day_is_named(of_day):
    rewrite(of_day, lines(of_day)[:-1])
    assert "its records are not those of the signed root" in check(of_day)[1]


def test_records_that_changed_places_are_named(of_day):
    first, second, *rest = lines(of_day)
    rewrite(of_day, [second, first, *rest])
    assert "out of order" in check(of_day)[1]


def test_a_statement_that_was_changed_is_named(of_day):
    file = next((of_day / "roots").glob("*.json"))
    file.write_text(file.read_text().replace("欠款示范银行", "另一家银行"))
    rewrite(of_day, lines(of_day))
    assert "not a signature of the key" in check(of_day)[1]


def test_another_key_under_the_name_of_ours_is_named(of_day, settings, tmp_path):
    settings.EVIDENCE_KEY = tmp_path / "other"
    file = next((of_day / "keys").iterdir())
    file.write_text(keys.make().pem)
    rewrite(of_day, lines(of_day))
    assert "not the key its name says" in check(of_day)[1]


def test_a_file_put_in_or_taken_out_is_named(of_day):
    (of_day / "more.txt").write_text("more")
    next((of_day / "roots").glob("*.sig")).unlink()
    said = check(of_day)[1]
    assert "more.txt: not in the manifest" in said and ".sig: missing" in said


def test_what_cannot_be_read_is_no_traceback(of_day):
    (of_day / "records.jsonl").write_text("{}\n")
    code, said = check(of_day)
    assert code == 1 and "not readable" in said and "Traceback" not in said


def test_the_readme_can_be_followed_word_by_word(of_day):
    """Every openssl line of the README, run as it stands with the bundle's own names."""
    (key,) = (of_day / "keys").iterdir()
    (root,) = (of_day / "roots").glob("*.json")
    readme = (of_day / "README.txt").read_text("utf-8")
    commands = re.findall(r"^ {4}(openssl .*)$", readme, flags=re.M)
    assert len(commands) == 4  # two in each language
    for command in commands:
        for name, own in (
            ("FINGERPRINT", key.stem), ("指纹", key.stem), ("DAY", root.stem), ("日期", root.stem)
        ):  # fmt: skip
            command = command.replace(name, own)
        done = subprocess.run(["sh", "-c", command], cwd=of_day, capture_output=True, text=True, check=True)
        assert "Signature Verified Successfully" in done.stdout or key.stem in done.stdout


def test_nothing_is_overwritten(of_day):
    with pytest.raises(UnableToExport, match="is there already"):
        export(of_day, now=NOON)
