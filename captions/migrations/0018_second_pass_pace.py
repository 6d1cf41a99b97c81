from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("captions", "0017_export_choices"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="proposal",
            name="proposal_pace",
        ),
        migrations.AddIndex(
            model_name="proposal",
            index=models.Index(
                condition=models.Q(("heard_at__isnull", False)), fields=["-heard_at"], name="proposal_heard"
            ),
        ),
    ]
