"""Taking people on."""

from arrears.staff.models import Member, Role


def welcome(*, username: str, password: str, role: str, display_name: str, team: str = "") -> Member:
    """The member of that name, made with these details or brought up to them."""
    member, _ = Member.objects.get_or_create(username=username)
    member.role, member.display_name, member.team = Role(role), display_name, team
    if not member.check_password(password):
        member.set_password(password)
    member.save()
    return member
