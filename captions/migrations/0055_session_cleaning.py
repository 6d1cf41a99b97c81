from django.db import migrations, models


class Migration(migrations.Migration):
    # Apart from that of the user: whoever writes a row locks both tables, in the other order.

    dependencies = [
        ("captions", "0054_user_cleaning"),
    ]

    operations = [
        migrations.AddField(
            model_name="session",
            name="cleaning",
            field=models.CharField(
                blank=True,
                choices=[("off", "off"), ("near", "near"), ("far", "far")],
                db_default="",
                default="",
                editable=False,
                help_text="Which noise is taken out of the sound before it is recognised.",
                max_length=4,
            ),
        ),
    ]
