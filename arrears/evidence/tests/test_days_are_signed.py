"""The end of each day, signed: nothing is lost without a key, and keys may change."""

import json
import stat
import subprocess
from datetime import timedelta

import pytest

from arrears.evidence import actions, keys, queries
from arrears.evidence.actions import UnableToMakeKey
from arrears.evidence.keys import UnableToSign
from arrears.evidence.models import PublicKey
from arrears.evidence.tests.town import A_DAY, DAY, NOON, tell
from arrears.evidence.verifying import verify

pytestmark = pytest.mark.django_db


@pytest.fixture
def key(home):
    return actions.new_key(now=NOON - 5 * A_DAY)


def close(before=DAY + timedelta(days=1), **how):
    return actions.close_days(before=before, now=NOON + A_DAY, **how)


def said(roots):
    return [json.loads(root.statement) for root in roots]


def test_a_day_says_where_the_chain_stood_at_its_end(key, settings):
    tell("a", "b")
    (*_, root) = said(close())
    last = list(queries.records(first=1, last=9))[-1]
    assert (root["day"], root["last"], root["last_hash"]) == ("2026-06-10", 3, last.hash.hex())
    assert root["institution"] == settings.INSTITUTION and root["key"] == key.fingerprint


def test_every_day_follows_the_one_before_and_an_empty_day_is_signed_too(key):
    tell("a", at=NOON - 3 * A_DAY)
    tell("b")
    roots = said(close())
    assert [(root["day"][-2:], root["count"]) for root in roots][-4:] == [
        ("07", 1), ("08", 0), ("09", 0), ("10", 1)
    ]  # fmt: skip
    assert verify().found == 0


def test_a_house_without_a_record_signs_an_empty_day(home, key):
    roots = close()
    assert roots and verify().found == 0


def test_a_day_is_closed_once(key):
    tell("a")
    assert close() and close() == []


def test_what_comes_after_midnight_belongs_to_the_next_day(key):
    tell("a", at=NOON + timedelta(hours=11, minutes=59))  # 23:59 in Shanghai
    tell("b", at=NOON + timedelta(hours=12))
    (*_, root) = said(close())
    assert root["last"] == 2  # the key and a
    (after,) = said(close(before=DAY + timedelta(days=2)))
    assert (after["first"], after["last"]) == (3, 3)


def test_a_record_of_the_future_stops_no_signing(key):
    tell("a", at=NOON + 400 * A_DAY)
    tell("b")
    assert said(close())[-1]["last"] == 3


def test_a_late_record_of_a_day_that_is_closed_is_signed_with_the_next(key):
    tell("a")
    close()
    tell("late", at=NOON - A_DAY)
    (after,) = said(close(before=DAY + timedelta(days=2)))
    assert after["count"] == 1 and verify().found == 0


def test_without_a_key_signing_stops_with_a_message_and_no_record_is_lost(home):
    tell("a")
    with pytest.raises(UnableToSign, match="there is no signing key") as missing:
        close()
    assert "arrears evidence key new" in missing.value.do
    actions.seal()
    actions.new_key(now=NOON)
    assert said(close())[-1]["last"] == 2 and verify().found == 0


def test_a_clock_far_ahead_signs_nothing(key):
    with pytest.raises(UnableToSign, match="Is the clock right"):
        close(before=DAY + 500 * timedelta(days=1))


def test_the_private_key_is_for_its_owner_alone(key):
    assert stat.S_IMODE(keys.key_file().stat().st_mode) == 0o600
    keys.key_file().chmod(0o640)
    with pytest.raises(UnableToSign, match="others can read"):
        close()


def test_a_second_key_is_made_only_where_that_is_meant(key):
    with pytest.raises(UnableToMakeKey, match="a signing key lies at"):
        actions.new_key(now=NOON)


def test_what_the_old_key_signed_stays_checkable_after_a_change(key):
    tell("a")
    close()
    second = actions.new_key(now=NOON + A_DAY, replace=True)
    assert verify().found == 0  # nothing is signed with the new key yet
    close(before=DAY + timedelta(days=3))
    assert {json.loads(root.statement)["key"] for root in queries.roots()} == {
        key.fingerprint, second.fingerprint
    }  # fmt: skip
    assert verify().found == 0 and PublicKey.objects.count() == 2


def test_a_key_made_elsewhere_may_be_named(home, settings, tmp_path):
    settings.EVIDENCE_KEY = tmp_path / "own.pem"
    made = ["openssl", "genpkey", "-algorithm", "ed25519", "-out", str(settings.EVIDENCE_KEY)]
    try:
        subprocess.run(made, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("there is no openssl on this machine")
    settings.EVIDENCE_KEY.chmod(0o600)
    tell("a")
    assert close() and verify().found == 0


def test_the_state_says_what_is_sealed_and_signed(key):
    tell("a")
    before = queries.state()
    assert (before.last_position, before.unsealed, before.last_signed_day) == (0, 2, None)
    close()
    actions.note_verified(verified=verify(), now=NOON + A_DAY)
    after = queries.state()
    assert (after.last_position, after.unsealed, after.unsigned) == (2, 0, 0)
    assert (after.last_signed_day, after.verified_through, after.found) == (DAY, 2, 0)
