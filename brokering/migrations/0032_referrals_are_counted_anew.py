"""What the planner knows of referrals includes which of them follow another.

A column that is added has no statistics until its table is counted, which the server does by itself only
after many changes. Until then every reading of the queue went through all referrals for the few that are
given together.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("brokering", "0031_each_by_itself_once_the_first_visit_has_begun")]

    operations = [migrations.RunSQL("ANALYZE brokering_referral", migrations.RunSQL.noop)]
