"""Rounds held, and which account each has visited: what makes a killed round resume."""

from django.db import models

from arrears.casebook.models import Account


class Round(models.Model):
    """One day's round. Open until everything on its page is done; summary and checks then."""

    on_date = models.DateField(unique=True)
    makes_contact = models.BooleanField()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    summary = models.JSONField(default=dict)
    broken = models.JSONField(default=list)  # invariants that did not hold, with examples


class Visit(models.Model):
    """This account was visited in this round; `set_aside` says why it could not be."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="visits")
    account = models.ForeignKey(Account, models.PROTECT, related_name="visits")
    set_aside = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "account"], name="one_visit_a_round")]


class Finding(models.Model):
    """Two numbers that disagree on an account: a person must look. Gone when they agree again."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="findings")
    first_seen_date = models.DateField()
    last_seen_date = models.DateField()
    cause = models.CharField(max_length=24)  # supplied | day_count | tolerance | allocation ...
    difference_cents = models.BigIntegerField(null=True)  # the bank's figure less ours
    zh = models.TextField()
    en = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "en"], name="one_finding_once")]
