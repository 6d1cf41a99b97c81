from django.db import migrations, models


class Migration(migrations.Migration):
    # Apart from that of the user: whoever writes a row locks both tables, in the other order.

    dependencies = [
        ("captions", "0045_user_commands_and_snippets"),
    ]

    operations = [
        migrations.AddField(
            model_name="session",
            name="commands",
            field=models.BooleanField(
                editable=False,
                help_text="Whether it obeys spoken commands; None as its account does.",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="utteranceversion",
            name="kind",
            field=models.CharField(
                choices=[
                    ("heard", "Original"),
                    ("rule", "Text replacement"),
                    ("command", "Voice command"),
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
    ]
