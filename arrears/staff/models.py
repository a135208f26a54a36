"""Members of staff sign in with these; what a role may do is said where it is done."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """The people in the office."""

    AGENT = "agent", _("Agent")
    TEAM_LEADER = "team_leader", _("Team leader")
    COMPLIANCE = "compliance", _("Compliance officer")
    MANAGER = "manager", _("Manager")


class Member(AbstractUser):
    """One person with a sign-in."""

    role = models.CharField(max_length=16, choices=Role.choices, default=Role.AGENT)
    team = models.CharField(max_length=64, blank=True)
    display_name = models.CharField(max_length=64, blank=True)
    wrong_tries = models.SmallIntegerField(default=0)  # in a row
    rests_until = models.DateTimeField(null=True)  # after too many of them

    def __str__(self) -> str:
        return self.display_name or self.username
