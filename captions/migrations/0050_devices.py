from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("captions", "0049_speakers_again"),
    ]

    operations = [
        migrations.AddField(
            model_name="session",
            name="devices",
            field=models.CharField(
                choices=[("switch", "Switch"), ("separate", "Separate"), ("mix", "Mix")],
                db_default="switch",
                default="switch",
                editable=False,
                help_text="How two devices that record it together are heard.",
                max_length=8,
            ),
        ),
    ]
