from django.db import migrations, models


class Migration(migrations.Migration):
    # One table in each transaction: whoever writes a row locks several, in another order.

    dependencies = [
        ("captions", "0039_summaries"),
    ]

    operations = [
        migrations.AddField(
            model_name="session",
            name="translate",
            field=models.BooleanField(
                editable=False,
                help_text="Whether what is said in another language is translated into English while it is spoken.",
                null=True,
            ),
        ),
    ]
