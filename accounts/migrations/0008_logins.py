"""Logins have a manager of their own, which no migration needs."""

from django.db import migrations


class Migration(migrations.Migration):
    """Nothing changes in the database."""

    dependencies = [("accounts", "0007_answers_as_they_were_sent")]

    operations = [migrations.AlterModelManagers(name="user", managers=[])]
