"""What was decided: one row a case for the work list, one row a proposal for ever."""

from django.db import models

from arrears.casebook.models import Account, Customer
from arrears.strategy.types import ProposalState


class Case(models.Model):
    """Where an account stands on the ladder since the latest round: the work list."""

    account = models.OneToOneField(Account, models.PROTECT, related_name="case")
    on_date = models.DateField()
    step = models.CharField(max_length=48)
    title = models.JSONField()
    why = models.JSONField()
    priority = models.SmallIntegerField()
    days_past_due = models.IntegerField(default=0)  # as decided on: what the work list is ordered by
    again_on = models.DateField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-priority", "-days_past_due", "account"], name="work_list")]


class Proposal(models.Model):
    """A contact we wished to make. `key` is the day, the account and the step: once each."""

    key = models.CharField(max_length=160, unique=True)
    account = models.ForeignKey(Account, models.PROTECT, related_name="proposals")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="proposals")
    on_date = models.DateField()
    step = models.CharField(max_length=48)
    template = models.CharField(max_length=48, blank=True)
    channel = models.CharField(max_length=16, blank=True)
    point = models.CharField(max_length=320, blank=True)
    purpose = models.CharField(max_length=32, blank=True)
    planned_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=12, choices=[(each.value, each.value) for each in ProposalState])
    why = models.JSONField()
    reasons = models.JSONField(default=list)  # [{"rule", "zh", "en", "reference"}]
    until_at = models.DateTimeField(null=True)  # deferred until; or cleared until
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["account", "step", "on_date"]),
            models.Index(fields=["on_date", "state"]),
        ]
