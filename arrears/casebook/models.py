"""The casebook's tables. Facts and money are append-only; the database itself refuses
UPDATE and DELETE on them (migration 0002), so no later room can rewrite what happened.
"""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper


class Customer(models.Model):
    """A person with at least one account that was late once, or on which something happened."""

    ref = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    language = models.CharField(max_length=16, default="zh-hans")
    zone = models.CharField(max_length=64, default="Asia/Shanghai")
    entered_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["name"], name="customer_by_name")]  # who is called like a payer

    def __str__(self) -> str:
        return f"{self.name} ({self.ref})"


class ContactPoint(models.Model):
    """A way to reach a customer, and where we have it from."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="points")
    kind = models.CharField(max_length=16)
    value = models.CharField(max_length=320)
    source = models.CharField(max_length=32, default="bank")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "kind", "value"], name="one_point_once")]
        indexes = [models.Index(Upper("value"), name="point_by_value")]  # who signs in with it


class Account(models.Model):
    """One card account; `terms` overrides single terms of its product."""

    ref = models.CharField(max_length=64, unique=True)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="accounts")
    product = models.CharField(max_length=64)
    currency = models.CharField(max_length=3)
    opened_date = models.DateField(null=True)
    limit_cents = models.BigIntegerField(null=True)
    terms = models.JSONField(default=dict)
    entered_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.ref


class Posting(models.Model):
    """Money moving on an account. `cents` > 0; the kind carries the sign."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="postings")
    ref = models.CharField(max_length=80)
    kind = models.CharField(max_length=24)
    cents = models.BigIntegerField()
    posted_date = models.DateField()
    made_date = models.DateField(null=True)  # of the purchase itself, where the bank tells it
    reverses = models.CharField(max_length=80, blank=True)
    source = models.CharField(max_length=16)  # book | notice | desk
    origin = models.CharField(max_length=200, blank=True)  # file and line, or the notice's key
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "ref"], name="one_posting_once"),
            models.CheckConstraint(condition=Q(cents__gt=0), name="posting_is_positive"),
        ]
        indexes = [models.Index(fields=["account", "posted_date"])]


class SameMoney(models.Model):
    """Two postings that are one payment: the notice came first, the book's own line later.

    The book's line is not counted. `certain` when both carry one reference; otherwise a
    person is asked to look, and both stay visible.
    """

    notice = models.OneToOneField(Posting, models.PROTECT, related_name="also_in_book")
    book = models.OneToOneField(Posting, models.PROTECT, related_name="came_as_notice")
    certain = models.BooleanField()
    recorded_at = models.DateTimeField()


class Statement(models.Model):
    """A billing cycle, with what the bank printed on it where the bank told us.

    A corrected statement is a new row; the latest recorded one counts.
    """

    account = models.ForeignKey(Account, models.PROTECT, related_name="statements")
    statement_date = models.DateField()
    due_date = models.DateField()
    balance_cents = models.BigIntegerField(null=True)
    minimum_cents = models.BigIntegerField(null=True)
    interest_cents = models.BigIntegerField(null=True)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "account",
                    "statement_date",
                    "due_date",
                    "balance_cents",
                    "minimum_cents",
                    "interest_cents",
                ],
                nulls_distinct=False,
                name="one_statement_once",
            ),
            models.CheckConstraint(
                condition=Q(due_date__gte=F("statement_date")), name="due_after_statement"
            ),
        ]


class SuppliedStanding(models.Model):
    """How late and how much the bank says, on a day."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="supplied")
    as_of = models.DateField()
    balance_cents = models.BigIntegerField(null=True)
    months_late = models.SmallIntegerField(null=True)
    days_past_due = models.IntegerField(null=True)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "as_of", "balance_cents", "months_late", "days_past_due"],
                nulls_distinct=False,
                name="one_supplied_standing_once",
            )
        ]


class MoneyIn(models.Model):
    """Money that reached us, as it was notified; kept whether or not we know whose it is."""

    ref = models.CharField(max_length=120, unique=True)
    received_date = models.DateField()
    cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    account_given = models.CharField(max_length=80, blank=True)
    reference_given = models.CharField(max_length=200, blank=True)
    payer_name = models.CharField(max_length=200, blank=True)
    payer_account = models.CharField(max_length=64, blank=True)
    source = models.CharField(max_length=16, default="notice")
    origin = models.CharField(max_length=200)  # file and line, or the face that took it
    unmatched_because = models.JSONField(null=True)  # {"zh", "en"}: why no account was found on arrival
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(cents__gt=0), name="money_in_is_positive")]
        indexes = [
            models.Index(
                fields=["payer_account"], name="money_by_payer_account", condition=~Q(payer_account="")
            )
        ]


class MoneyName(models.Model):
    """Another name of the same money: what the payer's bank or a wallet calls it."""

    name = models.CharField(max_length=160, db_index=True)
    money = models.ForeignKey(MoneyIn, models.PROTECT, related_name="names")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["money", "name"], name="one_money_name_once")]


class MoneyTold(models.Model):
    """The same money told again by another source under a name both know: kept, and counted once."""

    ref = models.CharField(max_length=120, unique=True)
    money = models.ForeignKey(MoneyIn, models.PROTECT, related_name="told_again")
    source = models.CharField(max_length=16)
    received_date = models.DateField()
    account_given = models.CharField(max_length=80, blank=True)
    reference_given = models.CharField(max_length=200, blank=True)
    payer_name = models.CharField(max_length=200, blank=True)
    origin = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()


class MoneyBack(models.Model):
    """Money that went back: a return, a refund, a reversal. Kept whether or not we know of what."""

    ref = models.CharField(max_length=120, unique=True)
    of = models.CharField(max_length=160, db_index=True)  # a name of the money it undoes
    cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    returned_date = models.DateField()
    reason = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=16)
    origin = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(cents__gt=0), name="money_back_is_positive")]


class MoneyBackOf(models.Model):
    """Which money went back; never more of it than came in."""

    back = models.OneToOneField(MoneyBack, models.PROTECT, related_name="found")
    money = models.ForeignKey(MoneyIn, models.PROTECT, related_name="went_back")
    recorded_at = models.DateTimeField()


class MoneyBackPosted(models.Model):
    """The posting by which an account owes again what went back."""

    back = models.OneToOneField(MoneyBack, models.PROTECT, related_name="posted")
    posting = models.OneToOneField(Posting, models.PROTECT, related_name="money_back")


class MoneyMatch(models.Model):
    """Whose money it was, who said so and why; one per MoneyIn, so it is never applied twice."""

    money = models.OneToOneField(MoneyIn, models.PROTECT, related_name="match")
    account = models.ForeignKey(Account, models.PROTECT, related_name="money")
    posting = models.OneToOneField(Posting, models.PROTECT, related_name="money")
    by = models.CharField(max_length=80)
    reason = models.JSONField()  # {"zh", "en"}
    matched_at = models.DateTimeField()


class Fact(models.Model):
    """Anything else that happened. `key` makes recording it twice the same as once."""

    key = models.CharField(max_length=160, unique=True)
    kind = models.CharField(max_length=32)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="facts")
    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="facts")
    happened_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    payload = models.JSONField(default=dict)
    recorded_by = models.CharField(max_length=80)

    class Meta:
        indexes = [
            models.Index(fields=["customer", "happened_at"]),
            models.Index(fields=["kind", "happened_at"]),
        ]
