"""The outbox. A state changes by a conditional update only (`actions.py`), never by save()."""

from django.db import models
from django.db.models import F, Q

from arrears.contact.types import LOGIN_CODE, MessageState, Purpose


class Message(models.Model):
    """One message to one person over one channel. `key` makes planning it twice the same as once."""

    key = models.CharField(max_length=160, unique=True)
    clearance_key = models.CharField(max_length=160, blank=True)
    customer = models.ForeignKey(
        "casebook.Customer",
        models.PROTECT,
        to_field="ref",
        db_column="customer_ref",
        related_name="messages",
    )
    account = models.ForeignKey(
        "casebook.Account",
        models.PROTECT,
        to_field="ref",
        db_column="account_ref",
        null=True,
        related_name="messages",
    )
    channel = models.CharField(max_length=16)
    point = models.CharField(max_length=320)
    purpose = models.CharField(max_length=16, default=Purpose.COLLECT.value)
    template = models.CharField(max_length=64)
    language = models.CharField(max_length=16)
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField(blank=True)
    secret = models.BooleanField(default=False)  # the body goes once it is no longer needed

    state = models.CharField(max_length=16, default=MessageState.WAITING.value)
    planned_on = models.DateField()
    not_before = models.DateTimeField()
    not_after = models.DateTimeField()
    created_at = models.DateTimeField()

    # Leases and retries are matters of the wall clock, whatever day is being rehearsed.
    leased_by = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0)
    unwanted_because = models.JSONField(null=True)  # withdrawn while a sender had it: goes no second time
    in_doubt = models.BooleanField(default=False)  # it may have left: nobody lived to hear the answer

    provider = models.CharField(max_length=64, blank=True)
    provider_ref = models.CharField(max_length=200, blank=True)
    last_error = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(clearance_key="") | Q(template=LOGIN_CODE, secret=True, account=None),
                name="cleared_or_login_code",
            ),
            models.CheckConstraint(condition=Q(not_after__gte=F("not_before")), name="window_is_open_once"),
        ]
        indexes = [
            models.Index(
                fields=["planned_on", "id"],
                name="outbox_open",
                condition=Q(state__in=[MessageState.WAITING.value, MessageState.SENDING.value]),
            ),
            models.Index(fields=["customer", "created_at"], name="outbox_of_customer"),
            models.Index(fields=["planned_on", "state"], name="outbox_of_day"),
        ]

    def __str__(self) -> str:
        return f"{self.key} ({self.state})"


class OneTimeCode(models.Model):
    """A code somebody asked for. Rows for people we do not know look and count the same.

    What was typed, and from where, is kept as keyed hashes only; so is the code.
    """

    ticket = models.CharField(max_length=64, unique=True)
    asked_as = models.CharField(max_length=64)
    asked_from = models.CharField(max_length=64)
    customer = models.ForeignKey(
        "casebook.Customer", models.CASCADE, to_field="ref", db_column="customer_ref", null=True
    )
    code_hash = models.CharField(max_length=64)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.SmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["asked_as", "asked_at"]),
            models.Index(fields=["asked_from", "asked_at"]),
            models.Index(fields=["customer", "asked_at"]),
        ]
