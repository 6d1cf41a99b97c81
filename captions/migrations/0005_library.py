import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


# Whoever writes an utterance, it has the owner of its session, and its session the language that was heard.
CREATE_TRIGGERS = """
CREATE FUNCTION whisperstream_own_utterance() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    heard text;
BEGIN
    SELECT user_id, detected INTO NEW.owner, heard FROM captions_session WHERE id = NEW.session_id;
    NEW.owner := coalesce(NEW.owner, 0);
    IF heard = '' AND NEW.language <> '' THEN
        UPDATE captions_session SET detected = NEW.language WHERE id = NEW.session_id AND detected = '';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER utterance_owner BEFORE INSERT OR UPDATE OF session_id, owner ON captions_utterance
    FOR EACH ROW EXECUTE FUNCTION whisperstream_own_utterance();

CREATE FUNCTION whisperstream_own_session() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE captions_utterance SET owner = NEW.user_id WHERE session_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER session_owner AFTER UPDATE OF user_id ON captions_session
    FOR EACH ROW WHEN (OLD.user_id IS DISTINCT FROM NEW.user_id) EXECUTE FUNCTION whisperstream_own_session();

UPDATE captions_session SET detected = coalesce((
    SELECT language FROM captions_utterance
    WHERE session_id = captions_session.id AND language <> '' ORDER BY seq LIMIT 1
), '');
UPDATE captions_utterance SET owner = user_id FROM captions_session WHERE captions_session.id = session_id;
"""
DROP_TRIGGERS = """
DROP TRIGGER session_owner ON captions_session;
DROP TRIGGER utterance_owner ON captions_utterance;
DROP FUNCTION whisperstream_own_session();
DROP FUNCTION whisperstream_own_utterance();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("captions", "0004_sound"),
    ]

    operations = [
        migrations.CreateModel(
            name="Tag",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=40)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tags",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("user"), django.db.models.functions.text.Lower("name"), name="tag_unique"
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="session",
            name="tags",
            field=models.ManyToManyField(
                blank=True, editable=False, related_name="sessions", to="captions.tag"
            ),
        ),
        migrations.AddField(
            model_name="session",
            name="source",
            field=models.CharField(
                choices=[("live", "Live"), ("file", "File")],
                db_default="live",
                default="live",
                editable=False,
                max_length=4,
            ),
        ),
        migrations.AddField(
            model_name="session",
            name="detected",
            field=models.CharField(db_default="", default="", editable=False, max_length=8),
        ),
        migrations.AddField(
            model_name="utterance",
            name="owner",
            field=models.BigIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.RunSQL(CREATE_TRIGGERS, DROP_TRIGGERS),
    ]
