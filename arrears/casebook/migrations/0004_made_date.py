from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("casebook", "0003_point_by_value"),
    ]

    operations = [
        migrations.AddField(
            model_name="posting",
            name="made_date",
            field=models.DateField(null=True),
        ),
    ]
