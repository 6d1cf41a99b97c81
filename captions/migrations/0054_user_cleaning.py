from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("captions", "0053_spoken_actions"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
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
