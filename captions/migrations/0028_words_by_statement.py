from importlib import import_module

from django.db import migrations


BEFORE = import_module("captions.migrations.0022_spoken_words")

CREATE_FUNCTIONS = r"""
DROP TRIGGER utterance_other_words ON captions_utterance;
DROP TRIGGER utterance_words ON captions_utterance;
DROP FUNCTION whisperstream_utterance_words();

-- Adds the words of a text to those of a person, unless they are known. Nothing is unique, so that no two transactions
-- wait for each other. OFFSET and the reversed word keep the planner from reading all that the person has said instead of
-- looking up each word: of somebody new it thinks that there is little, and that any index will do.
CREATE OR REPLACE FUNCTION whisperstream_learn(person bigint, said text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO captions_spokenword (owner, word, folded)
    SELECT person, word, folded
    FROM (
        SELECT word, whisperstream_folded(word) AS folded FROM whisperstream_spoken(said) AS word OFFSET 0
    ) AS spoken
    WHERE NOT EXISTS (
        SELECT FROM captions_spokenword AS known
        WHERE known.owner = person AND known.folded = spoken.folded
            AND reverse(known.folded) = reverse(spoken.folded) AND known.word = spoken.word OFFSET 0
    )
$$;

-- The same for all that a person has said, as if nothing of it were known.
CREATE OR REPLACE FUNCTION whisperstream_learn_all(person bigint) RETURNS void LANGUAGE sql AS $$
    DELETE FROM captions_spokenword WHERE owner = person;
    INSERT INTO captions_spokenword (owner, word, folded)
    SELECT person, word, whisperstream_folded(word) FROM (
        SELECT DISTINCT word FROM (
            SELECT string_agg(title, ' ') AS said FROM captions_session WHERE user_id = person
            UNION ALL
            SELECT string_agg(text, ' ') FROM captions_utterance
            WHERE session_id IN (SELECT id FROM captions_session WHERE user_id = person) GROUP BY session_id
        ) AS texts, whisperstream_spoken(said) AS word
    ) AS words
$$;

-- Once for all rows of a session that a statement has written, since most of their words are the same.
CREATE FUNCTION whisperstream_new_utterances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM whisperstream_learn(owner, string_agg(text, ' ')) FROM said GROUP BY owner, session_id;
    RETURN NULL;
END $$;
CREATE TRIGGER utterance_words AFTER INSERT ON captions_utterance
    REFERENCING NEW TABLE AS said FOR EACH STATEMENT EXECUTE FUNCTION whisperstream_new_utterances();

CREATE FUNCTION whisperstream_other_utterances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed record;
BEGIN
    FOR changed IN
        SELECT was.owner AS old_owner, said.owner AS new_owner,
            string_agg(was.text, ' ') AS old_text, string_agg(said.text, ' ') AS new_text
        FROM was JOIN said USING (id)
        WHERE was.text <> said.text OR was.owner <> said.owner
        GROUP BY was.owner, said.owner, said.session_id
    LOOP
        INSERT INTO captions_goneword (owner, word)
        SELECT changed.old_owner, word FROM whisperstream_spoken(changed.old_text) AS word
        EXCEPT
        SELECT changed.new_owner, word FROM whisperstream_spoken(changed.new_text) AS word;
        PERFORM whisperstream_learn(changed.new_owner, changed.new_text);
    END LOOP;
    RETURN NULL;
END $$;
-- Transition tables go with no list of columns.
CREATE TRIGGER utterance_other_words AFTER UPDATE ON captions_utterance
    REFERENCING OLD TABLE AS was NEW TABLE AS said
    FOR EACH STATEMENT EXECUTE FUNCTION whisperstream_other_utterances();

CREATE OR REPLACE FUNCTION whisperstream_gone_utterances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO captions_goneword (owner, word)
    SELECT DISTINCT owner, word
    FROM (SELECT owner, string_agg(text, ' ') AS text FROM gone GROUP BY owner, session_id) AS texts,
        whisperstream_spoken(texts.text) AS word;
    RETURN NULL;
END $$;
"""
DROP_FUNCTIONS = (
    """
DROP TRIGGER utterance_other_words ON captions_utterance;
DROP TRIGGER utterance_words ON captions_utterance;
DROP FUNCTION whisperstream_other_utterances();
DROP FUNCTION whisperstream_new_utterances();
CREATE FUNCTION whisperstream_utterance_words() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER utterance_words AFTER INSERT ON captions_utterance
    FOR EACH ROW EXECUTE FUNCTION whisperstream_utterance_words();
CREATE TRIGGER utterance_other_words AFTER UPDATE ON captions_utterance
    FOR EACH ROW EXECUTE FUNCTION whisperstream_utterance_words();
"""
    + BEFORE.DROP_FUNCTIONS
    + BEFORE.CREATE_FUNCTIONS
)


class Migration(migrations.Migration):
    dependencies = [
        ("captions", "0027_shared_sound"),
    ]

    operations = [
        migrations.RunSQL(CREATE_FUNCTIONS, DROP_FUNCTIONS),
    ]
