import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("captions", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="session",
            name="prefix_ms",
            field=models.PositiveSmallIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="session",
            name="silence_ms",
            field=models.PositiveSmallIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="session",
            name="threshold",
            field=models.FloatField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="session",
            name="vocabulary",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=60),
                blank=True,
                db_default=[],
                default=list,
                editable=False,
                size=100,
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="prefix_ms",
            field=models.PositiveSmallIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="user",
            name="silence_ms",
            field=models.PositiveSmallIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="user",
            name="threshold",
            field=models.FloatField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="user",
            name="vocabulary",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=60),
                blank=True,
                db_default=[],
                default=list,
                editable=False,
                size=100,
            ),
        ),
    ]
