"""Offers, agreements, promises, and how much of a month's budget is given up."""

from django.db import models
from django.db.models import Q

from arrears.arrangements.types import AgreementState, Kind, OfferState, PromiseState
from arrears.casebook.models import Account, Customer


def _choices(
    kind: type[Kind] | type[OfferState] | type[AgreementState] | type[PromiseState],
) -> list[tuple[str, str]]:
    return [(each.value, each.value) for each in kind]


class Offer(models.Model):
    """A quotation: canonical text and its signature, once nobody's approval is missing.

    `asked_key` makes asking twice the same as asking once. `cents` given up are reserved in
    the budgets named in `budgets` as long as the offer may still be honoured.
    """

    key = models.CharField(max_length=40, unique=True)
    asked_key = models.CharField(max_length=120, unique=True)
    account = models.ForeignKey(Account, models.PROTECT, related_name="offers")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="offers")
    kind = models.CharField(max_length=24, choices=_choices(Kind))
    state = models.CharField(max_length=12, choices=_choices(OfferState))
    quotation = models.TextField()
    signature = models.CharField(max_length=100, blank=True)
    asked = models.JSONField()  # to draft it anew
    surroundings = models.JSONField(default=dict)  # reasons, willingness, means
    affordability = models.CharField(max_length=8, default="unknown")  # within | tight | beyond | unknown
    approvers = models.JSONField(default=list)  # roles
    waived_cents = models.BigIntegerField(default=0)
    budgets = models.JSONField(default=list)  # scopes the waived cents are reserved in
    budget_month = models.CharField(max_length=7, blank=True)
    replaces = models.CharField(max_length=40, blank=True)  # the agreement it would renegotiate
    made_by = models.CharField(max_length=80)
    made_role = models.CharField(max_length=16)
    made_team = models.CharField(max_length=64, blank=True)
    made_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    decided_by = models.CharField(max_length=80, blank=True)
    decided_because = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["account", "state"]), models.Index(fields=["state", "ends_at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["account"], condition=Q(state__in=["open", "waiting"]), name="one_live_offer"
            )
        ]


class Agreement(models.Model):
    """An accepted offer. `posted_until`: how far its instalments stand on the ledger."""

    key = models.CharField(max_length=40, unique=True)
    offer = models.OneToOneField(Offer, models.PROTECT, related_name="agreement")
    account = models.ForeignKey(Account, models.PROTECT, related_name="agreements")
    kind = models.CharField(max_length=24, choices=_choices(Kind))
    state = models.CharField(max_length=12, choices=_choices(AgreementState))
    agreed_at = models.DateTimeField()
    accepted_by = models.CharField(max_length=80)
    channel = models.CharField(max_length=16)
    recording = models.CharField(max_length=300, blank=True)
    asked_what_changed_date = models.DateField(null=True)
    missed_numbers = models.JSONField(default=list)  # instalments noted as missed and not cured
    ended_date = models.DateField(null=True)
    ended_because = models.JSONField(null=True)  # {"zh", "en"}

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account"], condition=Q(state="performing"), name="one_agreement_at_a_time"
            )
        ]


class Promise(models.Model):
    """An amount and a day the customer named, and what the money made of it."""

    key = models.CharField(max_length=120, unique=True)
    account = models.ForeignKey(Account, models.PROTECT, related_name="promises")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="promises")
    cents = models.BigIntegerField()
    day = models.DateField()
    channel = models.CharField(max_length=16)
    remind_by = models.CharField(max_length=16, blank=True)
    taken_by = models.CharField(max_length=80)
    taken_role = models.CharField(max_length=16)
    taken_at = models.DateTimeField()
    taken_date = models.DateField()
    state = models.CharField(max_length=12, choices=_choices(PromiseState))
    paid_cents = models.BigIntegerField(default=0)
    verdicts = models.SmallIntegerField(default=0)  # how often it was decided; more than once: corrected
    decided_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state", "day"])]
        constraints = [
            models.CheckConstraint(condition=Q(cents__gt=0), name="promise_is_positive"),
            models.UniqueConstraint(
                fields=["account"], condition=Q(state="running"), name="one_promise_at_a_time"
            ),
        ]


class Budget(models.Model):
    """What one member or team has given up or holds reserved in one month. Its row is the lock."""

    scope = models.CharField(max_length=100)
    month = models.CharField(max_length=7)  # 2026-11, as Shanghai counts
    used_cents = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scope", "month"], name="one_budget_a_month"),
            models.CheckConstraint(condition=Q(used_cents__gte=0), name="budget_never_below_zero"),
        ]
