"""Every question put to the gate and its answer: kept for ever, refusals included.

A cleared row is a place taken in the person's contact budget until it is used, released
or expired. `Budget` is that budget's lock: one row a person, held while a verdict is
reached and its row written, so that a cap holds however many ask at once.
"""

import uuid

from django.db import models
from django.db.models import F, Q

from arrears.casebook.models import Account, Customer
from arrears.clearance.types import Answer


class Budget(models.Model):
    """The lock of one person's contact budget. What is used of it, the clearances say."""

    customer = models.OneToOneField(
        Customer,
        models.PROTECT,
        to_field="ref",
        db_column="customer_ref",
        primary_key=True,
        db_constraint=False,  # a budget is opened from the customer's own row
        related_name="+",
    )


class Clearance(models.Model):
    """One proposal and what the gate said. `key` is what a channel shows; `proposal_key` asks once.

    Rows are written under the lock of a `Budget`, which was opened from the customer's own row,
    and the account is looked up in the same transaction; a second check of each row by the
    database would take as long as all the rest of writing it (docs/decisions/0011).
    """

    key = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)  # they sort by time
    proposal_key = models.CharField(max_length=160)  # unique: see the constraints
    customer = models.ForeignKey(
        Customer,
        models.PROTECT,
        to_field="ref",
        db_column="customer_ref",
        db_index=False,  # the index with `at` serves
        db_constraint=False,  # the budget says it
        related_name="clearances",
    )
    account = models.ForeignKey(
        Account,
        models.PROTECT,
        to_field="ref",
        db_column="account_ref",
        db_index=False,
        db_constraint=False,
        null=True,
        related_name="clearances",
    )
    at = models.DateTimeField()  # when the contact would be made
    channel = models.CharField(max_length=16)
    direction = models.CharField(max_length=4)
    to = models.CharField(max_length=40)
    point = models.CharField(max_length=320, blank=True)
    by = models.CharField(max_length=80)
    purpose = models.CharField(max_length=40)
    more = models.JSONField(default=dict)  # whatever else the proposal said
    verdict = models.CharField(max_length=8, choices=[(answer.value, answer.value) for answer in Answer])
    refusals = models.JSONField(default=list)
    book = models.CharField(max_length=40)
    rules_on = models.DateField()  # whose law decided
    not_before = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)  # last moment at which it may be used
    cured_at = models.DateTimeField(null=True)  # from when a deferred contact would be cleared
    used_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=40, blank=True)
    released_at = models.DateTimeField(null=True)
    released_because = models.CharField(max_length=200, blank=True)
    overridden_by = models.CharField(max_length=80, blank=True)
    override_reason = models.CharField(max_length=400, blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["customer", "at"]),
            models.Index(
                fields=["until"],
                condition=Q(verdict="cleared", used_at=None, released_at=None),
                name="places_still_taken",
            ),
        ]
        constraints = [
            # Not unique=True on the field: that adds a second index, for LIKE, to every row.
            models.UniqueConstraint(fields=["proposal_key"], name="one_question_once"),
            models.CheckConstraint(
                condition=Q(verdict="cleared", until__gte=F("not_before"))
                | Q(~Q(verdict="cleared"), until=None),
                name="cleared_has_a_window",
            ),
            models.CheckConstraint(
                condition=Q(used_at=None) | Q(verdict="cleared", released_at=None), name="used_was_cleared"
            ),
        ]
