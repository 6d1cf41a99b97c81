import django.db.models.deletion
import django.utils.timezone
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("captions", "0014_interface_language"),
    ]

    operations = [
        migrations.AlterField(
            model_name="utteranceversion",
            name="kind",
            field=models.CharField(
                choices=[
                    ("heard", "Heard"),
                    ("rule", "Written as set"),
                    ("edit", "Corrected"),
                    ("replace", "Replaced everywhere"),
                    ("split", "Split"),
                    ("join", "Joined"),
                    ("undo", "Undone"),
                    ("restore", "Restored"),
                    ("again", "Heard again"),
                ],
                max_length=8,
            ),
        ),
        migrations.CreateModel(
            name="Proposal",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("working", "working"),
                            ("ready", "ready"),
                            ("failed", "failed"),
                            ("cancelled", "cancelled"),
                            ("done", "done"),
                        ],
                        default="waiting",
                        editable=False,
                        max_length=10,
                    ),
                ),
                ("model", models.CharField(blank=True, editable=False, max_length=200)),
                ("message", models.TextField(blank=True, editable=False)),
                ("attempts", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("heard_ms", models.BigIntegerField(default=0, editable=False)),
                ("duration_ms", models.BigIntegerField(default=0, editable=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("started_at", models.DateTimeField(editable=False, null=True)),
                (
                    "heard_at",
                    models.DateTimeField(editable=False, help_text="When all of it was heard.", null=True),
                ),
                ("active_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "session",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="proposal",
                        to="captions.session",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ProposalItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(editable=False)),
                ("start_ms", models.BigIntegerField(editable=False)),
                ("end_ms", models.BigIntegerField(editable=False)),
                ("parts", models.JSONField(editable=False)),
                ("corrected", models.BooleanField(default=False, editable=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("accepted", "Accepted"),
                            ("kept", "Kept"),
                            ("stale", "Stale"),
                        ],
                        default="open",
                        editable=False,
                        max_length=8,
                    ),
                ),
                ("change", models.UUIDField(editable=False, null=True)),
                (
                    "proposal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="captions.proposal",
                    ),
                ),
            ],
            options={
                "ordering": ["proposal", "number"],
            },
        ),
        migrations.AddIndex(
            model_name="proposal",
            index=models.Index(
                condition=models.Q(("state__in", ("waiting", "working"))),
                fields=["active_at"],
                name="proposal_moving",
            ),
        ),
        migrations.AddIndex(
            model_name="proposal",
            index=models.Index(fields=["model", "-heard_at"], name="proposal_pace"),
        ),
        migrations.AddConstraint(
            model_name="proposalitem",
            constraint=models.UniqueConstraint(
                fields=("proposal", "number"), name="proposal_item_number_unique"
            ),
        ),
    ]
