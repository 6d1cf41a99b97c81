import django.contrib.postgres.indexes
import django.db.models.functions.text
from django.db import migrations, models


CREATE_FUNCTIONS = r"""
-- The distinct words of a text that are worth looking for when somebody has mistyped one.
CREATE FUNCTION whisperstream_spoken(said text) RETURNS SETOF text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE ROWS 12 AS $$
    SELECT DISTINCT word FROM unnest(string_to_array(whisperstream_plain(said), ' ')) AS word
    WHERE length(word) BETWEEN 3 AND 40 AND word !~ '[0-9]'
$$;

-- Adds the words of a text to those of a person. Nothing is unique, so that no two transactions wait for each other.
CREATE FUNCTION whisperstream_learn(person bigint, said text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO captions_spokenword (owner, word, folded)
    SELECT person, spoken.word, whisperstream_folded(spoken.word) FROM whisperstream_spoken(said) AS spoken (word)
    WHERE NOT EXISTS (
        SELECT FROM captions_spokenword AS known
        WHERE known.owner = person AND known.folded = whisperstream_folded(spoken.word) AND known.word = spoken.word
    )
$$;

-- The same for all that a person has said, as if nothing of it were known.
CREATE FUNCTION whisperstream_learn_all(person bigint) RETURNS void LANGUAGE sql AS $$
    DELETE FROM captions_spokenword WHERE owner = person;
    INSERT INTO captions_spokenword (owner, word, folded)
    SELECT person, word, whisperstream_folded(word) FROM (
        SELECT DISTINCT word FROM (
            SELECT title AS said FROM captions_session WHERE user_id = person
            UNION ALL
            SELECT text FROM captions_utterance
            WHERE session_id IN (SELECT id FROM captions_session WHERE user_id = person)
        ) AS texts, whisperstream_spoken(said) AS word
    ) AS words
$$;

CREATE FUNCTION whisperstream_utterance_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO captions_goneword (owner, word)
        SELECT OLD.owner, word FROM whisperstream_spoken(OLD.text) AS word
        WHERE OLD.owner <> NEW.owner OR word NOT IN (SELECT whisperstream_spoken(NEW.text));
    END IF;
    PERFORM whisperstream_learn(NEW.owner, NEW.text);
    RETURN NULL;
END $$;
CREATE TRIGGER utterance_words AFTER INSERT ON captions_utterance
    FOR EACH ROW WHEN (NEW.text <> '') EXECUTE FUNCTION whisperstream_utterance_words();
CREATE TRIGGER utterance_other_words AFTER UPDATE OF text, owner ON captions_utterance
    FOR EACH ROW WHEN (NEW.text <> OLD.text OR NEW.owner <> OLD.owner)
    EXECUTE FUNCTION whisperstream_utterance_words();

CREATE FUNCTION whisperstream_session_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO captions_goneword (owner, word)
        SELECT OLD.user_id, word FROM whisperstream_spoken(OLD.title) AS word
        WHERE OLD.user_id <> NEW.user_id OR word NOT IN (SELECT whisperstream_spoken(NEW.title));
    END IF;
    PERFORM whisperstream_learn(NEW.user_id, NEW.title);
    RETURN NULL;
END $$;
CREATE TRIGGER session_words AFTER INSERT ON captions_session
    FOR EACH ROW WHEN (NEW.title <> '') EXECUTE FUNCTION whisperstream_session_words();
CREATE TRIGGER session_other_words AFTER UPDATE OF title, user_id ON captions_session
    FOR EACH ROW WHEN (NEW.title <> OLD.title OR NEW.user_id <> OLD.user_id)
    EXECUTE FUNCTION whisperstream_session_words();

CREATE FUNCTION whisperstream_gone_utterances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO captions_goneword (owner, word)
    SELECT DISTINCT gone.owner, word FROM gone, whisperstream_spoken(gone.text) AS word;
    RETURN NULL;
END $$;
CREATE TRIGGER utterance_gone_words AFTER DELETE ON captions_utterance
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION whisperstream_gone_utterances();

CREATE FUNCTION whisperstream_gone_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO captions_goneword (owner, word)
    SELECT DISTINCT gone.user_id, word FROM gone, whisperstream_spoken(gone.title) AS word;
    RETURN NULL;
END $$;
CREATE TRIGGER session_gone_words AFTER DELETE ON captions_session
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION whisperstream_gone_sessions();

CREATE FUNCTION whisperstream_user_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM captions_spokenword WHERE owner = OLD.id;
    DELETE FROM captions_goneword WHERE owner = OLD.id;
    RETURN NULL;
END $$;
CREATE TRIGGER user_words AFTER DELETE ON captions_user
    FOR EACH ROW EXECUTE FUNCTION whisperstream_user_words();
"""
DROP_FUNCTIONS = """
DROP TRIGGER user_words ON captions_user;
DROP TRIGGER session_gone_words ON captions_session;
DROP TRIGGER utterance_gone_words ON captions_utterance;
DROP TRIGGER session_other_words ON captions_session;
DROP TRIGGER session_words ON captions_session;
DROP TRIGGER utterance_other_words ON captions_utterance;
DROP TRIGGER utterance_words ON captions_utterance;
DROP FUNCTION whisperstream_user_words();
DROP FUNCTION whisperstream_gone_sessions();
DROP FUNCTION whisperstream_gone_utterances();
DROP FUNCTION whisperstream_session_words();
DROP FUNCTION whisperstream_utterance_words();
DROP FUNCTION whisperstream_learn_all(bigint);
DROP FUNCTION whisperstream_learn(bigint, text);
DROP FUNCTION whisperstream_spoken(text);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("captions", "0021_interface_terms"),
    ]

    operations = [
        migrations.CreateModel(
            name="GoneWord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("owner", models.BigIntegerField()),
                ("word", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="SpokenWord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("owner", models.BigIntegerField()),
                ("word", models.TextField()),
                ("folded", models.TextField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("owner"),
                        django.contrib.postgres.indexes.OpClass(models.F("folded"), "text_pattern_ops"),
                        name="spoken_word_start",
                    ),
                    models.Index(
                        models.F("owner"),
                        django.contrib.postgres.indexes.OpClass(
                            django.db.models.functions.text.Reverse("folded"), "text_pattern_ops"
                        ),
                        name="spoken_word_end",
                    ),
                ],
            },
        ),
        migrations.RunSQL(CREATE_FUNCTIONS, DROP_FUNCTIONS),
    ]
