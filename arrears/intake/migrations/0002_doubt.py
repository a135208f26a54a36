from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("intake", "0001_first"),
    ]

    operations = [
        migrations.CreateModel(
            name="Doubt",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("account", models.CharField(db_index=True, max_length=64)),
                ("table", models.CharField(max_length=16)),
                ("record", models.CharField(max_length=200)),
                ("zh", models.TextField()),
                ("en", models.TextField()),
                ("origin", models.CharField(max_length=300)),
                ("since", models.DateTimeField()),
                ("settled_at", models.DateTimeField(null=True)),
                ("settled_because", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("account", "table", "record"), name="one_doubt_once")
                ],
            },
        ),
    ]
