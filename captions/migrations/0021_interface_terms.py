import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("captions", "0020_leased_jobs"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="access",
            options={"verbose_name": "access log entry", "verbose_name_plural": "access log"},
        ),
        migrations.AlterModelOptions(
            name="session",
            options={
                "ordering": ["-created_at", "-id"],
                "verbose_name": "transcript",
                "verbose_name_plural": "transcripts",
            },
        ),
        migrations.AlterModelOptions(
            name="utterance",
            options={
                "ordering": ["session", "seq"],
                "verbose_name": "sentence",
                "verbose_name_plural": "sentences",
            },
        ),
        migrations.AlterModelOptions(
            name="utteranceversion",
            options={
                "get_latest_by": ("history_date", "history_id"),
                "ordering": ("-history_date", "-history_id"),
                "verbose_name": "historical sentence",
                "verbose_name_plural": "historical sentences",
            },
        ),
        migrations.AlterField(
            model_name="access",
            name="owner",
            field=models.CharField(
                blank=True,
                editable=False,
                help_text="The id of the account that the transcript belongs to.",
                max_length=40,
                verbose_name="owner",
            ),
        ),
        migrations.AlterField(
            model_name="access",
            name="reader",
            field=models.CharField(
                editable=False,
                help_text="The id of the account that had access.",
                max_length=40,
                verbose_name="account id",
            ),
        ),
        migrations.AlterField(
            model_name="access",
            name="reader_name",
            field=models.CharField(
                editable=False,
                help_text="The username at that time.",
                max_length=150,
                verbose_name="accessed by",
            ),
        ),
        migrations.AlterField(
            model_name="access",
            name="session",
            field=models.CharField(blank=True, editable=False, max_length=36, verbose_name="transcript"),
        ),
        migrations.AlterField(
            model_name="access",
            name="what",
            field=models.CharField(
                choices=[
                    ("list", "Title in a list"),
                    ("sentences", "Sentences in a list"),
                    ("text", "Transcript"),
                    ("sound", "Recording"),
                    ("export", "Export"),
                    ("figures", "Statistics"),
                ],
                editable=False,
                max_length=9,
                verbose_name="content",
            ),
        ),
        migrations.AlterField(
            model_name="review",
            name="unsure",
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name="possible mistakes"),
        ),
        migrations.AlterField(
            model_name="reviewedplace",
            name="kind",
            field=models.CharField(
                choices=[("kept", "Looks right"), ("corrected", "Corrected")], max_length=9
            ),
        ),
        migrations.AlterField(
            model_name="session",
            name="language",
            field=models.CharField(
                blank=True,
                help_text="As chosen; empty means it is detected.",
                max_length=8,
                verbose_name="language",
            ),
        ),
        migrations.AlterField(
            model_name="user",
            name="theme",
            field=models.CharField(
                blank=True,
                choices=[("", "Same as system"), ("light", "Light"), ("dark", "Dark")],
                db_default="",
                default="",
                editable=False,
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="utterance",
            name="session",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="utterances",
                to="captions.session",
                verbose_name="transcript",
            ),
        ),
        migrations.AlterField(
            model_name="utteranceversion",
            name="kind",
            field=models.CharField(
                choices=[
                    ("heard", "Original"),
                    ("rule", "Text replacement"),
                    ("edit", "Corrected"),
                    ("replace", "Replaced everywhere"),
                    ("split", "Split"),
                    ("join", "Merged"),
                    ("undo", "Undone"),
                    ("restore", "Restored"),
                    ("again", "Transcribed again"),
                ],
                max_length=8,
            ),
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
                verbose_name="transcript",
            ),
        ),
    ]
