from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("transparency", "0002_times_asked")]

    operations = [
        migrations.AddField(
            "subscription",
            name,
            models.CharField(db_index=True, default="", max_length=254),
            preserve_default=False,
        )
        for name in ("mailbox", "domain")
    ]
