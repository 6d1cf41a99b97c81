from django.db import migrations

CREATE = r"""
-- Whoever writes an event must neither fail nor wait because an endpoint is deleted at the same moment: one that is being
-- deleted is left out, and one that is noted for takes what is noted along when it is deleted.
ALTER TABLE captions_webhookdelivery ADD CONSTRAINT webhookdelivery_of
    FOREIGN KEY (endpoint_id) REFERENCES captions_webhookendpoint (id) ON DELETE CASCADE;

-- One delivery for each endpoint that wants the event. `noted` is an array of {"owner": account, "data": what happened}.
CREATE FUNCTION whisperstream_note_event(kind text, noted jsonb) RETURNS void LANGUAGE sql AS $$
    INSERT INTO captions_webhookdelivery (id, endpoint_id, event, data, at, due_at, attempts, state)
    SELECT gen_random_uuid(), endpoint.id, kind, each.value -> 'data', statement_timestamp(), statement_timestamp(),
        0, 'waiting'
    FROM jsonb_array_elements(noted) AS each
    JOIN captions_webhookendpoint AS endpoint ON endpoint.user_id = (each.value ->> 'owner')::bigint
    JOIN captions_user AS owner ON owner.id = endpoint.user_id
    WHERE endpoint.is_on AND owner.is_active AND kind = ANY(endpoint.events)
    FOR KEY SHARE OF endpoint SKIP LOCKED
$$;

CREATE FUNCTION whisperstream_note_session() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    session record := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    PERFORM whisperstream_note_event(TG_ARGV[0], jsonb_build_array(jsonb_build_object(
        'owner', session.user_id,
        'data', jsonb_build_object('session', session.id, 'duration_ms', session.clock_ms)
    )));
    RETURN NULL;
END $$;

-- A dictation goes on while it has not ended and its clock runs, or ran before a pause. Workers, pages and tasks end it,
-- continue it and delete it, so the database itself notes when that changes.
CREATE TRIGGER session_begun_at_once AFTER INSERT ON captions_session FOR EACH ROW
    WHEN (NEW.source = 'live' AND NEW.ended_at IS NULL AND (NEW.clock_at IS NOT NULL OR NEW.clock_ms > 0))
    EXECUTE FUNCTION whisperstream_note_session('session.started');
CREATE TRIGGER session_begun AFTER UPDATE OF ended_at, clock_at, clock_ms ON captions_session FOR EACH ROW
    WHEN (
        NEW.source = 'live'
        AND NEW.ended_at IS NULL AND (NEW.clock_at IS NOT NULL OR NEW.clock_ms > 0)
        AND NOT (OLD.ended_at IS NULL AND (OLD.clock_at IS NOT NULL OR OLD.clock_ms > 0))
    )
    EXECUTE FUNCTION whisperstream_note_session('session.started');
CREATE TRIGGER session_ended_at_once AFTER INSERT ON captions_session FOR EACH ROW
    WHEN (NEW.source = 'live' AND NEW.ended_at IS NOT NULL)
    EXECUTE FUNCTION whisperstream_note_session('session.ended');
CREATE TRIGGER session_ended AFTER UPDATE OF ended_at ON captions_session FOR EACH ROW
    WHEN (
        NEW.source = 'live' AND NEW.ended_at IS NOT NULL
        AND OLD.ended_at IS NULL AND (OLD.clock_at IS NOT NULL OR OLD.clock_ms > 0 OR NEW.clock_ms > 0)
    )
    EXECUTE FUNCTION whisperstream_note_session('session.ended');
CREATE TRIGGER session_gone AFTER DELETE ON captions_session FOR EACH ROW
    WHEN (OLD.source = 'live' AND OLD.ended_at IS NULL AND (OLD.clock_at IS NOT NULL OR OLD.clock_ms > 0))
    EXECUTE FUNCTION whisperstream_note_session('session.ended');
"""

DROP = """
DROP TRIGGER session_gone ON captions_session;
DROP TRIGGER session_ended ON captions_session;
DROP TRIGGER session_ended_at_once ON captions_session;
DROP TRIGGER session_begun ON captions_session;
DROP TRIGGER session_begun_at_once ON captions_session;
DROP FUNCTION whisperstream_note_session();
DROP FUNCTION whisperstream_note_event(text, jsonb);
ALTER TABLE captions_webhookdelivery DROP CONSTRAINT webhookdelivery_of;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("captions", "0043_webhooks"),
    ]

    operations = [migrations.RunSQL(CREATE, DROP)]
