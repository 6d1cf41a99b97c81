from django.db import migrations, models


class Migration(migrations.Migration):
    # Each table by itself, so that none is locked while another one is waited for.

    dependencies = [
        ("captions", "0050_devices"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="lead_word",
            field=models.CharField(db_default="", default="", editable=False, max_length=40),
        ),
    ]
