"""Who may call: keys by name, kept as hashes."""

from django.db import models


class ApiKey(models.Model):
    """One machine's key. The token itself is shown once, when it is made."""

    name = models.CharField(max_length=40, unique=True)
    lookup = models.CharField(max_length=16, unique=True)
    secret_hash = models.CharField(max_length=64)
    scopes = models.JSONField()  # a list of keys.SCOPES
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name
