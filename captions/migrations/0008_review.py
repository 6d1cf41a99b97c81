import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

BIND_PLACES = """
ALTER TABLE captions_reviewedplace
    ADD CONSTRAINT reviewedplace_of FOREIGN KEY (utterance_id) REFERENCES captions_utterance (id) ON DELETE CASCADE;
"""
UNBIND_PLACES = "ALTER TABLE captions_reviewedplace DROP CONSTRAINT reviewedplace_of;"

# What was looked at stays written down. ALWAYS, so that a session that plays a replica is refused as well.
KEEP_ACCESS = """
CREATE FUNCTION captions_access_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'What was looked at is not changed or deleted.' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER access_row_is_kept BEFORE UPDATE OR DELETE ON captions_access
    FOR EACH ROW EXECUTE FUNCTION captions_access_is_kept();
CREATE TRIGGER access_table_is_kept BEFORE TRUNCATE ON captions_access
    FOR EACH STATEMENT EXECUTE FUNCTION captions_access_is_kept();
ALTER TABLE captions_access ENABLE ALWAYS TRIGGER access_row_is_kept;
ALTER TABLE captions_access ENABLE ALWAYS TRIGGER access_table_is_kept;
"""
LET_ACCESS_GO = """
DROP TRIGGER access_row_is_kept ON captions_access;
DROP TRIGGER access_table_is_kept ON captions_access;
DROP FUNCTION captions_access_is_kept();
"""


def make_group(apps, schema_editor):
    """The group with the one permission. Permissions are otherwise made after all migrations; this one finds its own."""
    kind, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="captions", model="review"
    )
    permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=kind,
        codename="review_sessions",
        defaults={"name": "Can read, hear, correct and export everybody's transcripts"},
    )
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name="Reviewers")
    group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("captions", "0007_everyday"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.CreateModel(
            name="Access",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "reader",
                    models.CharField(editable=False, help_text="The id of who looked.", max_length=40),
                ),
                (
                    "reader_name",
                    models.CharField(editable=False, help_text="Their user name then.", max_length=150),
                ),
                (
                    "owner",
                    models.CharField(
                        blank=True, editable=False, help_text="The id of whose words they are.", max_length=40
                    ),
                ),
                ("session", models.CharField(blank=True, editable=False, max_length=36)),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("list", "Title in a list"),
                            ("sentences", "Sentences in a list"),
                            ("text", "Transcript"),
                            ("sound", "Sound"),
                            ("export", "Export"),
                            ("figures", "Statistics"),
                        ],
                        editable=False,
                        max_length=9,
                    ),
                ),
                ("detail", models.CharField(blank=True, editable=False, max_length=200)),
                ("address", models.GenericIPAddressField(editable=False, null=True, verbose_name="from")),
                ("page", models.CharField(blank=True, editable=False, max_length=200)),
            ],
            options={
                "verbose_name": "look at others’ words",
                "verbose_name_plural": "looks at others’ words",
                "indexes": [
                    models.Index(fields=["-at", "-id"], name="access_newest"),
                    models.Index(fields=["owner", "-at"], name="access_owner"),
                    models.Index(fields=["session", "-at"], name="access_session"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Review",
            fields=[
                (
                    "session",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="review",
                        serialize=False,
                        to="captions.session",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Not reviewed"),
                            ("taken", "In review"),
                            ("work", "Needs work"),
                            ("approved", "Approved"),
                        ],
                        default="waiting",
                        editable=False,
                        max_length=8,
                    ),
                ),
                (
                    "unsure",
                    models.PositiveIntegerField(default=0, editable=False, verbose_name="unsure places"),
                ),
                ("corrections", models.PositiveIntegerField(default=0, editable=False)),
                ("queued_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("active_at", models.DateTimeField(editable=False, null=True)),
                ("decided_at", models.DateTimeField(editable=False, null=True)),
                (
                    "reviewer",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="reviews",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "review",
                "permissions": [
                    ("review_sessions", "Can read, hear, correct and export everybody's transcripts")
                ],
            },
        ),
        migrations.CreateModel(
            name="ReviewedPlace",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("start_ms", models.BigIntegerField()),
                ("end_ms", models.BigIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("kept", "Kept as heard"), ("corrected", "Corrected")], max_length=9
                    ),
                ),
                ("lead", models.TextField(blank=True)),
                ("heard", models.TextField()),
                ("written", models.TextField(blank=True)),
                ("trail", models.TextField(blank=True)),
                ("change", models.UUIDField(null=True)),
                ("also", models.UUIDField(null=True)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "review",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="places",
                        to="captions.review",
                    ),
                ),
                (
                    "utterance",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="captions.utterance",
                    ),
                ),
            ],
            options={
                "ordering": ["review", "start_ms", "pk"],
            },
        ),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(
                models.F("state"),
                models.OrderBy(models.F("unsure"), descending=True),
                models.OrderBy(models.F("corrections"), descending=True),
                name="review_queue",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewedplace",
            constraint=models.UniqueConstraint(
                fields=("review", "utterance", "start_ms"), name="reviewed_place_unique"
            ),
        ),
        migrations.RunSQL(BIND_PLACES, UNBIND_PLACES),
        migrations.RunSQL(KEEP_ACCESS, LET_ACCESS_GO),
        migrations.RunPython(make_group, migrations.RunPython.noop),
    ]
