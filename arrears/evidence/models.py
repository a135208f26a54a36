"""The chain's tables, all append-only: the database itself refuses to change them (0001_first).

`Waiting` takes records without a lock and without an index but its key, `Sheet` many that have
much in common; a sealer moves them into `Record`, in one order. Either leaves only once the same
bodies stand in the chain.
"""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q


class Waiting(models.Model):
    """Records told and not sealed yet."""

    kind = models.CharField(max_length=16)
    customer_ref = models.CharField(max_length=64)
    about = models.CharField(max_length=160)
    recorded_at = models.DateTimeField()
    body = models.TextField()


class Sheet(models.Model):
    """Records told together and not sealed yet (see `types.Sheet`); its key is of `Waiting`'s numbers."""

    id = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=16)
    recorded_at = models.DateTimeField()
    about = models.SmallIntegerField()
    customer = models.SmallIntegerField()
    records = models.IntegerField()
    moulds = models.TextField()  # JSON: for each mould its pieces
    lines = models.TextField()


class Record(models.Model):
    """The chain. Everything but position and hash repeats the body, for looking up."""

    position = models.BigIntegerField(primary_key=True)
    told_as = models.BigIntegerField(unique=True)  # its key while it waited: sealed once; a sheet's, below 0
    kind = models.CharField(max_length=16)
    customer_ref = models.CharField(max_length=64)
    about = models.CharField(max_length=160)
    recorded_at = models.DateTimeField()
    body = models.TextField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        indexes = [
            models.Index(fields=["customer_ref", "position"], name="record_of_customer"),
            models.Index(
                fields=["about"], name="what_became_of_it", condition=Q(kind__in=["released", "used"])
            ),
            BrinIndex(fields=["recorded_at"], name="record_by_day", pages_per_range=32),
        ]


class Root(models.Model):
    """The signed end of each day, one after the other without a gap."""

    day = models.DateField(primary_key=True)
    statement = models.TextField()
    signature = models.BinaryField(max_length=64)


class PublicKey(models.Model):
    """Every key the institution ever signed with; only this half of it is kept here."""

    fingerprint = models.CharField(max_length=64, primary_key=True)
    pem = models.TextField()
    added_at = models.DateTimeField()


class Verification(models.Model):
    """When somebody looked at the whole chain, and what they found."""

    verified_at = models.DateTimeField()
    through_position = models.BigIntegerField()
    found = models.IntegerField()
    example = models.TextField(blank=True)
