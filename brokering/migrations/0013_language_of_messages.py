"""In which language somebody wants to be told things, kept with where they want to be told."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Swedish until somebody says otherwise."""

    dependencies = [("brokering", "0012_when_a_need_is_looked_at")]

    operations = [
        migrations.AddField(
            model_name="contactpoint",
            name="language",
            field=models.CharField(default="sv", db_default="sv", max_length=8),
        ),
    ]
