import captions.models.recording
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("captions", "0003_editing"),
    ]

    operations = [
        migrations.AddField(
            model_name="session",
            name="keep_sound",
            field=models.BooleanField(
                db_default=False,
                default=False,
                editable=False,
                help_text="Whether its person wants the sound kept.",
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="keep_sound",
            field=models.BooleanField(db_default=True, default=True, editable=False),
        ),
        migrations.AddField(
            model_name="user",
            name="sound_days",
            field=models.PositiveSmallIntegerField(editable=False, null=True),
        ),
        migrations.CreateModel(
            name="Recording",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "file",
                    models.FileField(
                        blank=True,
                        editable=False,
                        max_length=200,
                        storage=captions.models.recording.sound_storage,
                        upload_to="",
                    ),
                ),
                ("duration_ms", models.BigIntegerField(default=0, editable=False)),
                ("size", models.BigIntegerField(default=0, editable=False, help_text="Bytes.")),
                ("peaks", models.BinaryField(default=b"")),
                ("kept_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("deleted_at", models.DateTimeField(editable=False, null=True)),
                (
                    "session",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="recording",
                        to="captions.session",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("deleted_at", None)), fields=["kept_at"], name="recording_kept"
                    )
                ],
            },
        ),
    ]
