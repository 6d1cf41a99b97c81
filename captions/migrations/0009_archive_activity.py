import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("captions", "0008_review"),
    ]

    operations = [
        migrations.AddField(
            model_name="archive",
            name="active_at",
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False),
        ),
    ]
