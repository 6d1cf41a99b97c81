import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("captions", "0044_webhook_events"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="commands",
            field=models.BooleanField(
                db_default=False,
                default=False,
                editable=False,
                help_text="Whether dictations obey spoken commands, unless one says otherwise itself.",
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="snippets",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=2),
                db_default=[],
                default=list,
                editable=False,
                size=50,
            ),
        ),
    ]
