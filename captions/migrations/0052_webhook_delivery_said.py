from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("captions", "0051_user_lead_word"),
    ]

    operations = [
        migrations.AddField(
            model_name="webhookdelivery",
            name="said",
            field=models.CharField(db_default="", default="", max_length=200),
        ),
    ]
