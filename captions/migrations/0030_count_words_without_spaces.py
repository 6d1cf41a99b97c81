from django.db import migrations
from django.db.models import Q

from captions.core.words import count_words

_WITHOUT_SPACES = ["th", "lo", "km", "my", "zh", "yue", "ja"]


def count(apps, schema_editor):
    """Counts the words of what was said in scripts without spaces, one session at a time."""
    sessions = apps.get_model("captions", "Session").objects
    utterances = apps.get_model("captions", "Utterance").objects
    said = sessions.filter(Q(language__in=_WITHOUT_SPACES) | Q(language="", detected__in=_WITHOUT_SPACES))
    for pk in said.order_by("pk").values_list("pk", flat=True).iterator():
        texts = utterances.filter(session=pk).values_list("text", flat=True)
        sessions.filter(pk=pk).update(word_count=sum(count_words(text) for text in texts.iterator()))


class Migration(migrations.Migration):
    # What was said before may be long. What is interrupted is done again.
    atomic = False

    dependencies = [
        ("captions", "0029_access_log_entries"),
    ]

    operations = [
        migrations.RunPython(count, migrations.RunPython.noop),
    ]
