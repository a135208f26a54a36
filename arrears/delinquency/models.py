"""Where each account stands, and every change of it."""

from django.db import models

from arrears.casebook.models import Account


class Standing(models.Model):
    """The latest standing of an account in the casebook. One row each."""

    account = models.OneToOneField(Account, models.PROTECT, related_name="standing")
    as_of = models.DateField()
    owed_cents = models.BigIntegerField()
    statement_balance_cents = models.BigIntegerField()
    minimum_due_cents = models.BigIntegerField()
    overdue_cents = models.BigIntegerField(null=True)
    days_past_due = models.IntegerField()
    bucket = models.CharField(max_length=4)
    class_2011 = models.CharField(max_length=24, null=True)
    class_2023 = models.CharField(max_length=24, null=True)
    late_since_date = models.DateField(null=True)
    next_due_date = models.DateField(null=True)
    months_late = models.SmallIntegerField(null=True)
    source = models.CharField(max_length=16)
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["bucket", "days_past_due"])]


class Flip(models.Model):
    """One change of bucket or class. Written with the standing it changes, in one transaction."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="flips")
    on_date = models.DateField()
    days_before = models.IntegerField(null=True)
    days_after = models.IntegerField()
    bucket_before = models.CharField(max_length=4, null=True)
    bucket_after = models.CharField(max_length=4)
    class_2011_before = models.CharField(max_length=24, null=True)
    class_2011_after = models.CharField(max_length=24, null=True)
    class_2023_before = models.CharField(max_length=24, null=True)
    class_2023_after = models.CharField(max_length=24, null=True)
    because = models.CharField(max_length=16)
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["on_date"]), models.Index(fields=["account", "recorded_at"])]
