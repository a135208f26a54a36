from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("intake", "0004_debits")]

    operations = [
        migrations.AddField(
            model_name="statemententry",
            name="left_open",
            field=models.BooleanField(default=False),
        )
    ]
