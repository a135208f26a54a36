"""Only a login code goes without a clearance.

A copy of an agreement that was written down before without one keeps its row, marked `none`:
the gate knows no such leave, so one that still waits is withdrawn when its turn comes.
"""

from django.db import migrations, models
from django.db.models import Q

LOGIN_CODE = Q(template="one_time_code", secret=True, account=None)


def mark_uncleared(apps, schema_editor):
    apps.get_model("contact", "Message").objects.filter(~LOGIN_CODE, clearance_key="").update(
        clearance_key="none"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("contact", "0002_one_time_codes"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="message", name="cleared_or_asked_for"),
        migrations.RunPython(mark_uncleared, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("clearance_key", ""), _negated=True), LOGIN_CODE, _connector="OR"),
                name="cleared_or_login_code",
            ),
        ),
    ]
