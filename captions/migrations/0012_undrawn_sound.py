from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("captions", "0011_dots"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="recording",
            index=models.Index(
                condition=models.Q(("deleted_at", None), ("peaks", b"")),
                fields=["kept_at"],
                name="recording_undrawn",
            ),
        ),
    ]
