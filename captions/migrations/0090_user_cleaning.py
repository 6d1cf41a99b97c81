from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("captions", "0049_speakers_again"),
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
