from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("captions", "0028_words_by_statement"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="access",
            options={"verbose_name": "access log entry", "verbose_name_plural": "access log entries"},
        ),
    ]
