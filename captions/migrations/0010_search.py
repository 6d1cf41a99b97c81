import captions.models.vectors
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.functions.comparison
from django.db import migrations, models


# Characters that are left out of words, that part words, and that each are a word in scripts without spaces.
# captions/transcripts/tokens.py has the same; a test has both cut the same texts.
IGNORED = (
    r"\u00ad\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
    r"\u200c-\u200f\u2060\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f"
)
SEPARATORS = (
    r"\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7"
    r"\u02b9-\u02ff\u0589\u05be\u05c0\u05c3\u05f3\u05f4\u060c\u061b\u061f\u066a-\u066d\u06d4\u0964\u0965\u1680"
    r"\u2000-\u206f\u20a0-\u20cf\u2190-\u2bff\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020\u3030\u303d\u30a0\u30fb"
    r"\ue000-\uf8ff\ufe10-\ufe6f\ufff0-\uffff\U0001f000-\U0001faff"
)
WITHOUT_SPACES = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff"
    r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)

CREATE_FUNCTIONS = (
    r"""
-- The words of a text in lower case, one space between them, with their accents.
CREATE FUNCTION whisperstream_plain(said text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF octet_length(said) = length(said) THEN
        RETURN btrim(regexp_replace(lower(said), '[^a-z0-9]+', ' ', 'g'));
    END IF;
    said := lower(normalize(said, NFKC));
    said := regexp_replace(said, '[{IGNORED}]+', '', 'g');
    said := regexp_replace(said, '[{WITHOUT_SPACES}]', ' \& ', 'g');
    RETURN btrim(regexp_replace(said, '[{SEPARATORS}]+', ' ', 'g'));
END $$;

-- The same without the accents of Latin and Greek letters, and with Cyrillic ie for io. The letters in which an accent
-- is a letter of its own, as in Japanese, Korean or Russian, stay.
CREATE FUNCTION whisperstream_folded(words text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF octet_length(words) = length(words) THEN
        RETURN words;
    END IF;
    words := regexp_replace(
        normalize(words, NFD), '([a-z\u00e6\u00f8\u0153\u0370-\u03ff\u0435])[\u0300-\u036f]+', '\1', 'g'
    );
    words := replace(replace(replace(normalize(words, NFC), U&'\00df', 'ss'), U&'\00e6', 'ae'), U&'\0153', 'oe');
    RETURN translate(words, U&'\00f8\0142\0111\00f0\0127\0131\0167', 'olddhit');
END $$;

-- What stems the words of a language, or NULL where this server knows nothing of it.
DO $do$
DECLARE
    known text;
BEGIN
    SELECT string_agg(format('WHEN %L THEN %L::regdictionary', code, 'pg_catalog.' || dictname), ' ') INTO known
    FROM (VALUES
        ('ar', 'arabic'), ('hy', 'armenian'), ('eu', 'basque'), ('ca', 'catalan'), ('da', 'danish'), ('nl', 'dutch'),
        ('en', 'english'), ('et', 'estonian'), ('fi', 'finnish'), ('fr', 'french'), ('de', 'german'), ('el', 'greek'),
        ('hi', 'hindi'), ('hu', 'hungarian'), ('id', 'indonesian'), ('it', 'italian'), ('lt', 'lithuanian'),
        ('ne', 'nepali'), ('no', 'norwegian'), ('nn', 'norwegian'), ('pt', 'portuguese'), ('ro', 'romanian'),
        ('ru', 'russian'), ('sr', 'serbian'), ('es', 'spanish'), ('sv', 'swedish'), ('ta', 'tamil'),
        ('tr', 'turkish'), ('yi', 'yiddish')
    ) AS languages (code, name)
    JOIN pg_catalog.pg_ts_dict ON dictname = name || '_stem' AND dictnamespace = 'pg_catalog'::regnamespace;
    EXECUTE format(
        'CREATE FUNCTION whisperstream_stems(language text) RETURNS regdictionary '
        'LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$SELECT CASE language %s END$$',
        known
    );
END $do$;

-- What is searched: each word with its place, as it was said and as its language stems it. It is a part of rows, so
-- it finds its helpers wherever it is called from, also while a backup is read in. A stop word has no stem.
CREATE FUNCTION whisperstream_vector(owner bigint, language text, said text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path FROM CURRENT AS $$
DECLARE
    plain text := whisperstream_plain(said);
    stems regdictionary := whisperstream_stems(language);
    mark text := '''' || to_hex(owner) || '~';
    entries text;
BEGIN
    SELECT string_agg(
        mark || left(folded, 100) || ''':' || place
        || coalesce(' ' || mark || (ts_lexize(stems, left(folded, 100)))[1] || ''':' || place, '')
        || CASE WHEN folded = word THEN '' ELSE coalesce(
            ' ' || mark || whisperstream_folded((ts_lexize(stems, left(word, 100)))[1]) || ''':' || place, ''
        ) END,
        ' '
    )
    INTO entries
    FROM unnest(string_to_array(plain, ' '), string_to_array(whisperstream_folded(plain), ' '))
        WITH ORDINALITY AS words (word, folded, place)
    WHERE word <> '';
    RETURN coalesce(entries, '')::tsvector;
END $$;

-- The query for what was typed as one phrase, by somebody who speaks these languages; empty where no word is in it.
-- With `beginning`, its last word may be the beginning of one; a single letter is not enough for that.
CREATE FUNCTION whisperstream_phrase(owner bigint, languages text[], typed text, beginning boolean) RETURNS tsquery
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path FROM CURRENT AS $$
DECLARE
    plain text := whisperstream_plain(typed);
    words text[] := string_to_array(plain, ' ');
    folded text[] := string_to_array(whisperstream_folded(plain), ' ');
    mark text := '''' || to_hex(owner) || '~';
    phrase text;
BEGIN
    SELECT string_agg(
        '(' || mark || left(folded[place], 100) || ''''
        || CASE WHEN beginning AND place = cardinality(words) AND length(folded[place]) > 1 THEN ':*' ELSE '' END
        || coalesce((
            SELECT string_agg(DISTINCT ' | ' || mark || whisperstream_folded(form) || '''', '')
            FROM unnest(languages) AS language,
                unnest(array[
                    (ts_lexize(whisperstream_stems(language), left(folded[place], 100)))[1],
                    (ts_lexize(whisperstream_stems(language), left(words[place], 100)))[1]
                ]) AS form
        ), '')
        || ')',
        ' <-> ' ORDER BY place
    )
    INTO phrase
    FROM generate_subscripts(words, 1) AS place
    WHERE words[place] <> '';
    RETURN coalesce(phrase, '')::tsquery;
END $$;
""".replace("{IGNORED}", IGNORED)
    .replace("{SEPARATORS}", SEPARATORS)
    .replace("{WITHOUT_SPACES}", WITHOUT_SPACES)
)
DROP_FUNCTIONS = """
DROP FUNCTION whisperstream_phrase(bigint, text[], text, boolean);
DROP FUNCTION whisperstream_vector(bigint, text, text);
DROP FUNCTION whisperstream_stems(text);
DROP FUNCTION whisperstream_folded(text);
DROP FUNCTION whisperstream_plain(text);
"""

# Whoever saves a session as they read it before the first utterance was there does not take its language away.
KEEP_LANGUAGE = """
CREATE FUNCTION whisperstream_keep_language() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.detected := OLD.detected;
    RETURN NEW;
END $$;
CREATE TRIGGER session_language BEFORE UPDATE OF detected ON captions_session
    FOR EACH ROW WHEN (NEW.detected = '' AND OLD.detected <> '') EXECUTE FUNCTION whisperstream_keep_language();
"""
LEAVE_LANGUAGE = """
DROP TRIGGER session_language ON captions_session;
DROP FUNCTION whisperstream_keep_language();
"""

DROP_SEARCH_CONFIGURATION = """
DROP TEXT SEARCH CONFIGURATION whisperstream;
DROP TEXT SEARCH DICTIONARY whisperstream_stem;
"""
CREATE_SEARCH_CONFIGURATION = """
CREATE TEXT SEARCH DICTIONARY whisperstream_stem (TEMPLATE = snowball, Language = english);
CREATE TEXT SEARCH CONFIGURATION whisperstream (COPY = english);
ALTER TEXT SEARCH CONFIGURATION whisperstream ALTER MAPPING REPLACE english_stem WITH whisperstream_stem;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("captions", "0009_archive_activity"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="session",
            name="session_title_search",
        ),
        migrations.RemoveIndex(
            model_name="utterance",
            name="utterance_search",
        ),
        migrations.RemoveField(
            model_name="utterance",
            name="search",
        ),
        migrations.RunSQL(DROP_SEARCH_CONFIGURATION, CREATE_SEARCH_CONFIGURATION),
        migrations.RunSQL(KEEP_LANGUAGE, LEAVE_LANGUAGE),
        migrations.RunSQL(CREATE_FUNCTIONS, DROP_FUNCTIONS),
        migrations.AddField(
            model_name="utterance",
            name="search",
            field=models.GeneratedField(
                db_persist=True,
                expression=captions.models.vectors.OwnWords("owner", "language", "text"),
                output_field=django.contrib.postgres.search.SearchVectorField(),
            ),
        ),
        migrations.AddField(
            model_name="session",
            name="search",
            field=models.GeneratedField(
                db_persist=True,
                expression=captions.models.vectors.OwnWords(
                    "user",
                    django.db.models.functions.comparison.Coalesce(
                        django.db.models.functions.comparison.NullIf("language", models.Value("")), "detected"
                    ),
                    "title",
                ),
                output_field=django.contrib.postgres.search.SearchVectorField(),
            ),
        ),
        migrations.AddIndex(
            model_name="utterance",
            index=django.contrib.postgres.indexes.GinIndex(
                fastupdate=False, fields=["search"], name="utterance_search"
            ),
        ),
        migrations.AddIndex(
            model_name="session",
            index=django.contrib.postgres.indexes.GinIndex(
                fastupdate=False, fields=["search"], name="session_title_search"
            ),
        ),
    ]
