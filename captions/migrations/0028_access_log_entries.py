from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("captions", "0027_shared_sound"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="access",
            options={"verbose_name": "access log entry", "verbose_name_plural": "access log entries"},
        ),
    ]
