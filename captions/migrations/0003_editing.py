import django.db.models.deletion
import django.utils.timezone
import simple_history.models
from django.conf import settings
from django.db import migrations, models


# Versions go with their utterance in the database itself: whatever deletes it, nothing that was said is left behind.
BIND_VERSIONS = """
ALTER TABLE captions_utteranceversion
    ADD CONSTRAINT utteranceversion_of FOREIGN KEY (id) REFERENCES captions_utterance (id) ON DELETE CASCADE;
CREATE UNIQUE INDEX utteranceversion_unique ON captions_utteranceversion (id, version);
"""
UNBIND_VERSIONS = """
DROP INDEX utteranceversion_unique;
ALTER TABLE captions_utteranceversion DROP CONSTRAINT utteranceversion_of;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("captions", "0002_listening"),
    ]

    operations = [
        migrations.AddField(
            model_name="session",
            name="corrections",
            field=models.PositiveIntegerField(
                db_default=0,
                default=0,
                editable=False,
                help_text="Utterances whose words are others than were heard.",
            ),
        ),
        migrations.AddField(
            model_name="utterance",
            name="corrected",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddField(
            model_name="utterance",
            name="version",
            field=models.PositiveIntegerField(db_default=1, default=1, editable=False),
        ),
        migrations.CreateModel(
            name="UtteranceVersion",
            fields=[
                (
                    "id",
                    models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID"),
                ),
                ("change", models.UUIDField(db_index=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("heard", "Heard"),
                            ("edit", "Corrected"),
                            ("replace", "Replaced everywhere"),
                            ("split", "Split"),
                            ("join", "Joined"),
                            ("undo", "Undone"),
                            ("restore", "Restored"),
                        ],
                        max_length=8,
                    ),
                ),
                ("stands_for", models.PositiveIntegerField(null=True)),
                ("start_ms", models.BigIntegerField()),
                ("end_ms", models.BigIntegerField()),
                ("text", models.TextField()),
                ("words", models.JSONField(default=list)),
                (
                    "confidence",
                    models.FloatField(help_text="Mean probability of the words, 0 to 1.", null=True),
                ),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False)),
                ("corrected", models.BooleanField(db_default=False, default=False, editable=False)),
                ("history_id", models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField()),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(
                        choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                    ),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="captions.session",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical utterance",
                "verbose_name_plural": "historical utterances",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.RunSQL(BIND_VERSIONS, UNBIND_VERSIONS),
        migrations.CreateModel(
            name="Note",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at_ms", models.BigIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("heading", "Heading"), ("note", "Note")], default="note", max_length=8
                    ),
                ),
                ("text", models.CharField(max_length=2000)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notes",
                        to="captions.session",
                    ),
                ),
            ],
            options={
                "ordering": ["session", "at_ms", "pk"],
                "indexes": [models.Index(fields=["session", "at_ms"], name="note_in_time")],
            },
        ),
    ]
