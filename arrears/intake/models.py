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
