from django.db import migrations, models


class Migration(migrations.Migration):
    # One table in each transaction: whoever writes a row locks several, in another order.

    dependencies = [
        ("captions", "0041_translate_by_user"),
    ]

    operations = [
        migrations.AddField(
            model_name="utterance",
            name="translation",
            field=models.TextField(
                db_default="",
                default="",
                editable=False,
                help_text="In English, as the speech model heard it; empty if it was not translated.",
            ),
        ),
    ]
