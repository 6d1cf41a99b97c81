"""Every queue says in the same two columns who may begin a job when, and how often it was begun.

What somebody works on while this runs is due once its lease is over, as it was before.
"""

from datetime import timedelta

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F

import captions.models.leased_job

_ATTEMPTS = models.PositiveIntegerField(db_default=0, default=0, editable=False)
_DUE_AT = models.DateTimeField(default=captions.models.leased_job.at_once, editable=False, null=True)
_EMPTY_DUE_AT = models.DateTimeField(editable=False, null=True)


def _set_due(apps, schema_editor):
    def rows(name):
        return apps.get_model("captions", name).objects.using(schema_editor.connection.alias)

    rows("Upload").filter(state__in=["waiting", "working"]).update(
        due_at=F("active_at") + timedelta(minutes=1)
    )
    # Its sound may still have to be handed over; where it has been, that is seen at once.
    rows("Upload").filter(state="done", keep_sound=True).update(due_at=F("active_at") + timedelta(minutes=1))
    rows("Proposal").filter(state__in=["waiting", "working"]).update(
        due_at=F("active_at") + timedelta(seconds=20)
    )
    rows("Archive").filter(finished_at=None).update(due_at=F("active_at") + timedelta(minutes=15))
    rows("TranscriptGap").exclude(done_at=None).update(due_at=None)
    rows("Review").filter(state="waiting").update(due_at=F("queued_at"))
    rows("Review").filter(state="taken").update(due_at=F("active_at") + timedelta(minutes=30))
    # PostgreSQL checks foreign keys of rows that this transaction has rewritten; it must have done so before more is
    # changed of their tables.
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class Migration(migrations.Migration):
    dependencies = [("captions", "0019_automatic_second_pass")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameModel("Missed", "TranscriptGap"),
                migrations.AlterModelTable("transcriptgap", "captions_missed"),
            ]
        ),
        migrations.AlterField(
            "transcriptgap",
            "session",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="gaps", to="captions.session"
            ),
        ),
        migrations.AlterField("transcriptgap", "attempts", _ATTEMPTS),
        migrations.AlterField("transcriptgap", "due_at", _DUE_AT),
        migrations.RenameField("archive", "run", "attempts"),
        migrations.AlterField("archive", "attempts", _ATTEMPTS),
        migrations.AlterField("proposal", "attempts", _ATTEMPTS),
        migrations.AlterField("upload", "attempts", _ATTEMPTS),
        migrations.AddField("review", "attempts", _ATTEMPTS),
        migrations.AddField("upload", "due_at", _EMPTY_DUE_AT),
        migrations.AddField("proposal", "due_at", _EMPTY_DUE_AT),
        migrations.AddField("archive", "due_at", _EMPTY_DUE_AT),
        migrations.AddField("review", "due_at", _EMPTY_DUE_AT),
        migrations.RunPython(_set_due, migrations.RunPython.noop, elidable=True),
        migrations.AlterField("proposal", "due_at", _DUE_AT),
        migrations.AlterField("archive", "due_at", _DUE_AT),
        migrations.AlterField("review", "due_at", _DUE_AT),
        migrations.RemoveIndex("transcriptgap", "missed_open"),
        migrations.RemoveIndex("proposal", "proposal_moving"),
        migrations.RemoveField("transcriptgap", "done_at"),
        migrations.RemoveField("proposal", "active_at"),
        migrations.RemoveField("archive", "active_at"),
        migrations.RemoveField("review", "active_at"),
        *(
            migrations.AddIndex(
                model,
                models.Index(condition=models.Q(("due_at__isnull", False)), fields=["due_at"], name=name),
            )
            for model, name in (
                ("transcriptgap", "gap_due"),
                ("proposal", "proposal_due"),
                ("upload", "upload_due"),
            )
        ),
        migrations.AlterField(
            "session",
            "settled_ms",
            models.BigIntegerField(
                db_default=0,
                default=0,
                editable=False,
                help_text="Up to here all that was said is written down, or noted as a gap.",
            ),
        ),
        migrations.AlterField("upload", "duration_ms", models.BigIntegerField(default=0, editable=False)),
        migrations.AlterField("upload", "heard_ms", models.BigIntegerField(default=0, editable=False)),
        migrations.AlterField("upload", "started_at", models.DateTimeField(editable=False, null=True)),
    ]
