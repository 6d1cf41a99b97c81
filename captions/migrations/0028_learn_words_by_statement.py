from django.db import migrations


# Thousands of sentences may change at once, and most of their words are the same before and after, so they are
# compared as a whole: a trigger for each row would take as long as the change itself. A trigger with transition tables
# can have no list of columns.
BY_STATEMENT = """
DROP TRIGGER utterance_words ON captions_utterance;
DROP TRIGGER utterance_other_words ON captions_utterance;
DROP FUNCTION whisperstream_utterance_words();

CREATE FUNCTION whisperstream_utterance_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO captions_goneword (owner, word)
        SELECT owner, word FROM was, whisperstream_spoken(was.text) AS word
        EXCEPT
        SELECT owner, word FROM said, whisperstream_spoken(said.text) AS word;
    END IF;
    INSERT INTO captions_spokenword (owner, word, folded)
    SELECT owner, word, whisperstream_folded(word) FROM (
        SELECT DISTINCT owner, word FROM said, whisperstream_spoken(said.text) AS word
    ) AS spoken
    WHERE NOT EXISTS (
        SELECT FROM captions_spokenword AS known
        WHERE known.owner = spoken.owner AND known.folded = whisperstream_folded(spoken.word)
            AND known.word = spoken.word
    );
    RETURN NULL;
END $$;
CREATE TRIGGER utterance_words AFTER INSERT ON captions_utterance
    REFERENCING NEW TABLE AS said FOR EACH STATEMENT EXECUTE FUNCTION whisperstream_utterance_words();
CREATE TRIGGER utterance_other_words AFTER UPDATE ON captions_utterance
    REFERENCING OLD TABLE AS was NEW TABLE AS said
    FOR EACH STATEMENT EXECUTE FUNCTION whisperstream_utterance_words();
"""
BY_ROW = """
DROP TRIGGER utterance_words ON captions_utterance;
DROP TRIGGER utterance_other_words ON captions_utterance;
DROP FUNCTION whisperstream_utterance_words();

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
"""


class Migration(migrations.Migration):

    dependencies = [
        ('captions', '0027_shared_sound'),
    ]

    operations = [
        migrations.RunSQL(BY_STATEMENT, BY_ROW),
    ]
