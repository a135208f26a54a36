"""Matters, their papers and steps, and what the bureau must be told."""

from django.db import models

from arrears.casebook.models import Account, Customer


class Matter(models.Model):
    """One thing a customer raised. What is done about it stands in `Step`, append-only."""

    key = models.CharField(max_length=160, unique=True)  # of whoever raised it: asked twice, raised once
    customer = models.ForeignKey(
        Customer, models.PROTECT, to_field="ref", db_column="customer_ref", related_name="matters"
    )
    account = models.ForeignKey(
        Account, models.PROTECT, to_field="ref", db_column="account_ref", null=True, related_name="matters"
    )
    kind = models.CharField(max_length=16)
    about = models.CharField(max_length=24)
    text = models.TextField(blank=True)
    about_contact = models.CharField(max_length=160, blank=True)
    supports = models.JSONField(default=list)
    consent = models.BooleanField(default=False)
    raised_at = models.DateTimeField()
    raised_by = models.CharField(max_length=150)
    owner = models.CharField(max_length=150, blank=True)
    clock_id = models.CharField(max_length=64)
    due_date = models.DateField()
    extended = models.SmallIntegerField(default=0)
    hold_key = models.CharField(max_length=160)
    second_opinion = models.JSONField(null=True)
    answered_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=12, blank=True)
    answer = models.TextField(blank=True)
    corrected_cents = models.BigIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["due_date"], condition=models.Q(answered_at=None), name="matters_open")
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(answered_at=None, outcome="")
                | (models.Q(answered_at__isnull=False) & ~models.Q(outcome="")),
                name="answered_has_an_outcome",
            )
        ]

    @property
    def ref(self) -> str:
        """As people write it."""
        return f"M{self.pk:06d}"


class Step(models.Model):
    """Something done about a matter."""

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="steps")
    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    what = models.CharField(max_length=12)
    text = models.TextField(blank=True)


class Paper(models.Model):
    """Evidence: where its content lies under the papers' folder is its hash."""

    key = models.UUIDField(unique=True)
    matter = models.ForeignKey(Matter, models.PROTECT, related_name="papers")
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=64)
    size_bytes = models.IntegerField()
    sha256 = models.CharField(max_length=64)
    scan = models.CharField(max_length=12)
    added_at = models.DateTimeField()
    added_by = models.CharField(max_length=150)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["matter", "sha256"], name="one_paper_once")]


class BureauNotice(models.Model):
    """One thing the credit bureau must be told about a matter."""

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="bureau_notices")
    what = models.CharField(max_length=8)
    due_date = models.DateField()
    told_at = models.DateTimeField(null=True)
    told_by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["matter", "what"], name="told_once")]
