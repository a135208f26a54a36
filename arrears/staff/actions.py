"""Taking people on, and letting them in."""

from datetime import datetime, timedelta

from django.db import transaction

from arrears.kernel.trouble import Trouble
from arrears.staff.models import Member, Role

TRIES = 5  # wrong passwords in a row before the sign-in rests ...
REST = timedelta(minutes=15)  # ... for so long


class UnableToSignIn(Trouble):
    """Wrong name or password, or too many wrong tries: the answer does not say which."""


def welcome(*, username: str, password: str, role: str, display_name: str, team: str = "") -> Member:
    """The member of that name, made with these details or brought up to them."""
    member, _ = Member.objects.get_or_create(username=username)
    member.role, member.display_name, member.team = Role(role), display_name, team
    if not member.check_password(password):
        member.set_password(password)
    member.save()
    return member


def sign_in(*, username: str, password: str, now: datetime) -> Member:
    """The member with that name and password. Raises UnableToSignIn.

    Failures are counted in the row itself, under its lock, so that many guesses at once
    count as many. A stranger's name costs as much time as a known one.
    """
    with transaction.atomic():
        member = Member.objects.select_for_update().filter(username=username, is_active=True).first()
        proven = _proven(member, password, now)
    if member is None or not proven:
        raise UnableToSignIn("wrong name or password, or too many wrong tries")
    return member


def _proven(member: Member | None, password: str, now: datetime) -> bool:
    if member is None:
        Member().set_password(password)
        return False
    if member.rests_until and now < member.rests_until:
        return False
    right = member.check_password(password)
    member.wrong_tries = 0 if right else member.wrong_tries + 1
    if member.wrong_tries >= TRIES:
        member.wrong_tries, member.rests_until = 0, now + REST
    member.save(update_fields=["wrong_tries", "rests_until"])
    return right
