"""What was taken in: one row for every file or folder, with its counts."""

from django.db import models


class Delivery(models.Model):
    """One taking-in. `taking` until everything of it is in its place; a kill leaves it so, and taking in
    the same input again finishes the work."""

    kind = models.CharField(max_length=16)  # book | payments
    source = models.CharField(max_length=500)
    digest = models.CharField(max_length=64, db_index=True)  # of the input and its mapping
    mapping = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=16, default="taking")  # taking | taken
    counts = models.JSONField(default=dict)  # table: {read, new, changed, unchanged, set_aside}
    files = models.JSONField(default=list)  # {name, encoding, lines, set_aside, passed_over}
    waits_for_others = models.IntegerField(default=0)  # rows set aside that a later file may make good
    rejects_file = models.CharField(max_length=200, blank=True)
    portfolio_number = models.IntegerField(null=True)
    begun_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["kind", "begun_at"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}: {self.source}"


class Doubt(models.Model):
    """A row of an account that was set aside, so that its figures may be wrong. No foreign key: most
    accounts of the book are not in the casebook."""

    account = models.CharField(max_length=64, db_index=True)
    table = models.CharField(max_length=16)
    record = models.CharField(max_length=200)  # what names the row: account and posting
    zh = models.TextField()
    en = models.TextField()
    origin = models.CharField(max_length=300)  # file and line
    since = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_because = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "table", "record"], name="one_doubt_once")]

    def __str__(self) -> str:
        return f"{self.table} {self.record}"


class BankStatement(models.Model):
    """One statement of a bank, booked as a whole or flagged as a whole. Amounts in minor units."""

    delivery = models.ForeignKey(Delivery, models.PROTECT, related_name="statements")
    nth = models.IntegerField()  # its place in the file
    line = models.IntegerField()
    format = models.CharField(max_length=32)
    kind = models.CharField(max_length=16)  # statement | advice | interim
    ident = models.CharField(max_length=80, blank=True)
    account = models.CharField(max_length=80, blank=True)
    number = models.BigIntegerField(default=0)  # 0: it has none
    page = models.IntegerField(default=0)
    currency = models.CharField(max_length=3, blank=True)
    from_date = models.DateField(null=True)
    to_date = models.DateField(null=True)
    opening_cents = models.BigIntegerField(null=True)
    credits_cents = models.BigIntegerField()
    debits_cents = models.BigIntegerField()
    closing_cents = models.BigIntegerField(null=True)
    off_cents = models.BigIntegerField(null=True)  # closing less what opening and entries come to
    state = models.CharField(max_length=16)  # booked | flagged
    reasons = models.JSONField(default=list)  # [{"zh", "en"}]: why it is flagged
    notes = models.JSONField(default=list)  # what a reader should know
    fingerprint = models.CharField(max_length=64, db_index=True)
    repeats = models.BigIntegerField(null=True)  # the statement told before with the same content
    counts = models.JSONField(default=dict)  # matched, unmatched, known_before, went_back, not_ours
    taken_at = models.DateTimeField()
    booked_by = models.CharField(max_length=80, blank=True)  # who booked it although it was flagged
    booked_because = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["delivery", "nth"], name="one_statement_of_a_file_once")
        ]
        indexes = [models.Index(fields=["account", "to_date"]), models.Index(fields=["state", "taken_at"])]

    def __str__(self) -> str:
        return f"{self.account} {self.number or self.ident}"


class StatementEntry(models.Model):
    """One movement of a statement; money_ref: the money it became, where it is a customer's."""

    statement = models.ForeignKey(BankStatement, models.PROTECT, related_name="entries")
    nth = models.IntegerField()
    line = models.IntegerField()
    cents = models.BigIntegerField()  # credits > 0
    currency = models.CharField(max_length=3)
    booked_date = models.DateField()
    value_date = models.DateField(null=True)
    booked = models.BooleanField()
    undoes = models.BooleanField()
    bank_ref = models.CharField(max_length=120, blank=True)
    payer_name = models.CharField(max_length=200, blank=True)
    payer_account = models.CharField(max_length=64, blank=True)
    text = models.CharField(max_length=1000, blank=True)
    names = models.JSONField(default=list)  # by which others may know the same money
    return_reason = models.CharField(max_length=200, blank=True)
    money_ref = models.CharField(max_length=120, blank=True, db_index=True)
    left_open = models.BooleanField(default=False)  # a person places it, whatever its words name


class PaymentOrder(models.Model):
    """A payment we asked for: whoever pays under this number pays this amount to this account."""

    number = models.CharField(max_length=64, unique=True)
    account_ref = models.CharField(max_length=64)
    cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    opened_at = models.DateTimeField()


class WalletNotice(models.Model):
    """A wallet's notice as it came, believed or refused: evidence."""

    provider = models.CharField(max_length=16)
    scheme = models.CharField(max_length=8, blank=True)
    notice_id = models.CharField(max_length=120, blank=True)
    transaction = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=16)  # taken | known | refused | no_money
    code = models.CharField(max_length=24, blank=True)  # why it was refused
    reason = models.JSONField(null=True)  # {"zh", "en"}
    content = models.CharField(max_length=64)  # digest of what it says, without its dress
    digest = models.CharField(max_length=64, db_index=True)  # of the request: body and signature
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    money_ref = models.CharField(max_length=120, blank=True)
    received_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["provider", "notice_id"]),
            models.Index(fields=["state", "received_at"]),
        ]


class DebitFile(models.Model):
    """A day's file of direct debits, as it was made: asked again, the same bytes."""

    day = models.DateField(unique=True)  # on which the money is to be collected
    name = models.CharField(max_length=35, unique=True)  # the message's
    version = models.CharField(max_length=2)
    content = models.BinaryField()
    made_at = models.DateTimeField()


class DebitCollection(models.Model):
    """One collection of a file. Rejected by the bank: `rejected_at` and the bank's code."""

    file = models.ForeignKey(DebitFile, models.PROTECT, related_name="collections")
    end_to_end = models.CharField(max_length=35, unique=True)
    block = models.CharField(max_length=35)  # PmtInfId
    account_ref = models.CharField(max_length=64, db_index=True)
    customer_ref = models.CharField(max_length=64)
    mandate = models.CharField(max_length=35, db_index=True)
    sequence = models.CharField(max_length=4)
    cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    for_what = models.CharField(max_length=160)
    rejected_at = models.DateTimeField(null=True)
    code = models.CharField(max_length=35, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["file", "account_ref"], name="one_collection_an_account_and_day")
        ]
