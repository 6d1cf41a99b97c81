import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("captions", "0005_library"),
    ]

    operations = [
        migrations.CreateModel(
            name="Upload",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("name", models.CharField(max_length=200)),
                ("size", models.BigIntegerField(help_text="Bytes.")),
                (
                    "modified",
                    models.BigIntegerField(
                        default=0,
                        help_text="When the file was changed, as its browser says: it knows the file again by that.",
                    ),
                ),
                ("received", models.BigIntegerField(default=0)),
                (
                    "language",
                    models.CharField(
                        blank=True, help_text="As asked for; empty means detect it.", max_length=8
                    ),
                ),
                ("keep_sound", models.BooleanField(default=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("receiving", "receiving"),
                            ("waiting", "waiting"),
                            ("working", "working"),
                            ("done", "done"),
                            ("failed", "failed"),
                        ],
                        default="receiving",
                        max_length=10,
                    ),
                ),
                ("message", models.TextField(blank=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("heard_ms", models.BigIntegerField(default=0)),
                ("duration_ms", models.BigIntegerField(default=0)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("started_at", models.DateTimeField(null=True)),
                ("active_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "session",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="upload",
                        to="captions.session",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="uploads",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["created_at", "id"],
                "indexes": [
                    models.Index(fields=["user", "created_at"], name="upload_of_user"),
                    models.Index(fields=["active_at"], name="upload_activity"),
                ],
            },
        ),
    ]
