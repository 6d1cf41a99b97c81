from django.db import migrations


def learn(apps, schema_editor):
    """Reads what was said before, one person at a time, each in a transaction of its own."""
    users = apps.get_model("captions", "User").objects.order_by("pk").values_list("pk", flat=True)
    for user in users.iterator():
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT whisperstream_learn_all(%s)", [user])


class Migration(migrations.Migration):
    # What was said before may be long. What is interrupted is done again.
    atomic = False

    dependencies = [
        ("captions", "0024_trash_and_favourites"),
    ]

    operations = [
        migrations.RunPython(learn, migrations.RunPython.noop),
    ]
