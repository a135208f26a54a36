from django.db import migrations

NAME = "clearance_budget_customer_ref_f8ac524e_like"


class Migration(migrations.Migration):
    """Nobody looks for a budget by part of a customer's reference: an index less to keep."""

    dependencies = [("clearance", "0003_one_key")]

    operations = [
        migrations.RunSQL(
            f"drop index if exists {NAME}",
            f"create index if not exists {NAME} on clearance_budget (customer_ref varchar_pattern_ops)",
        )
    ]
