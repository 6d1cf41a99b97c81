from django.db import migrations, models

KINDS = [
    ("heard", "Original"),
    ("rule", "Text replacement"),
    ("command", "Voice command"),
    ("action", "Own action"),
    ("edit", "Corrected"),
    ("replace", "Replaced everywhere"),
    ("split", "Split"),
    ("join", "Merged"),
    ("undo", "Undone"),
    ("restore", "Restored"),
    ("again", "Transcribed again"),
    ("speaker", "Other speaker"),
]


class Migration(migrations.Migration):
    # One table after the other: whoever writes a row locks both, in another order.
    atomic = False

    dependencies = [
        ("captions", "0055_session_cleaning"),
    ]

    operations = [
        migrations.AddField(
            model_name="utterance",
            name="speaker_set",
            field=models.BooleanField(
                db_default=False,
                default=False,
                editable=False,
                help_text="Whether a person has said who speaks.",
            ),
        ),
        migrations.AddField(
            model_name="utteranceversion",
            name="speaker",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="utteranceversion",
            name="speaker_set",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AlterField(
            model_name="utteranceversion",
            name="kind",
            field=models.CharField(choices=KINDS, max_length=8),
        ),
    ]
