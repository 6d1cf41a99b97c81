"""What fields and models are called in the administration; nothing changes in the database."""

import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("captions", "0012_undrawn_sound"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="review",
            options={
                "permissions": [
                    ("review_sessions", "Can read, hear, correct and export everybody's transcripts")
                ],
                "verbose_name": "review",
                "verbose_name_plural": "reviews",
            },
        ),
        migrations.AlterModelOptions(
            name="session",
            options={
                "ordering": ["-created_at", "-id"],
                "verbose_name": "session",
                "verbose_name_plural": "sessions",
            },
        ),
        migrations.AlterModelOptions(
            name="utterance",
            options={
                "ordering": ["session", "seq"],
                "verbose_name": "utterance",
                "verbose_name_plural": "utterances",
            },
        ),
        migrations.AlterField(
            model_name="access",
            name="at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="at"
            ),
        ),
        migrations.AlterField(
            model_name="access",
            name="detail",
            field=models.CharField(blank=True, editable=False, max_length=200, verbose_name="detail"),
        ),
        migrations.AlterField(
            model_name="access",
            name="owner",
            field=models.CharField(
                blank=True,
                editable=False,
                help_text="The id of whose words they are.",
                max_length=40,
                verbose_name="owner",
            ),
        ),
        migrations.AlterField(
            model_name="access",
            name="page",
            field=models.CharField(blank=True, editable=False, max_length=200, verbose_name="page"),
        ),
        migrations.AlterField(
            model_name="access",
            name="reader",
            field=models.CharField(
                editable=False, help_text="The id of who looked.", max_length=40, verbose_name="reader"
            ),
        ),
        migrations.AlterField(
            model_name="access",
            name="reader_name",
            field=models.CharField(
                editable=False, help_text="Their user name then.", max_length=150, verbose_name="reader name"
            ),
        ),
        migrations.AlterField(
            model_name="access",
            name="session",
            field=models.CharField(blank=True, editable=False, max_length=36, verbose_name="session"),
        ),
        migrations.AlterField(
            model_name="access",
            name="what",
            field=models.CharField(
                choices=[
                    ("list", "Title in a list"),
                    ("sentences", "Sentences in a list"),
                    ("text", "Transcript"),
                    ("sound", "Sound"),
                    ("export", "Export"),
                    ("figures", "Statistics"),
                ],
                editable=False,
                max_length=9,
                verbose_name="what",
            ),
        ),
        migrations.AlterField(
            model_name="session",
            name="created_at",
            field=models.DateTimeField(
                default=django.utils.timezone.now, editable=False, verbose_name="created at"
            ),
        ),
        migrations.AlterField(
            model_name="session",
            name="ended_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="ended at"),
        ),
        migrations.AlterField(
            model_name="session",
            name="language",
            field=models.CharField(
                blank=True,
                help_text="As asked for; empty means detect it.",
                max_length=8,
                verbose_name="language",
            ),
        ),
        migrations.AlterField(
            model_name="session",
            name="title",
            field=models.CharField(blank=True, max_length=200, verbose_name="title"),
        ),
        migrations.AlterField(
            model_name="session",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="sessions",
                to=settings.AUTH_USER_MODEL,
                verbose_name="user",
            ),
        ),
        migrations.AlterField(
            model_name="utterance",
            name="created_at",
            field=models.DateTimeField(
                default=django.utils.timezone.now, editable=False, verbose_name="created at"
            ),
        ),
        migrations.AlterField(
            model_name="utterance",
            name="language",
            field=models.CharField(blank=True, max_length=8, verbose_name="language"),
        ),
        migrations.AlterField(
            model_name="utterance",
            name="seq",
            field=models.PositiveIntegerField(editable=False, verbose_name="number"),
        ),
        migrations.AlterField(
            model_name="utterance",
            name="session",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="utterances",
                to="captions.session",
                verbose_name="session",
            ),
        ),
        migrations.AlterField(
            model_name="utterance",
            name="text",
            field=models.TextField(verbose_name="text"),
        ),
        migrations.AlterField(
            model_name="utteranceversion",
            name="session",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="captions.session",
                verbose_name="session",
            ),
        ),
        migrations.AlterField(
            model_name="utteranceversion",
            name="text",
            field=models.TextField(verbose_name="text"),
        ),
    ]
