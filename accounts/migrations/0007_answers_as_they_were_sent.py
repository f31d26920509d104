"""An answer to a key is kept as it was sent: its text and the headers that matter."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """A replay is equal to the first answer, byte for byte."""

    dependencies = [("accounts", "0006_rights_are_given_by_owner")]

    operations = [
        migrations.AddField("outcome", "text", models.TextField(default="", db_default="")),
        migrations.AddField("outcome", "headers", models.JSONField(default=dict)),
    ]
