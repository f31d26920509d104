"""What a feed's content held is kept with the feed: most polls find it unchanged."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Counts and bad lines of a feed's last content."""

    dependencies = [("providers", "0008_staged_rows")]

    operations = [
        migrations.AddField(
            model_name="feed", name="reading", field=models.JSONField(default=dict)
        ),
    ]
