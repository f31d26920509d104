"""Who reads a patient's row sees that read in the log: a clinic's staff could not write it otherwise."""

from django.db import migrations

from accounts.models.rls import MINE

SEEN = f"""
DROP POLICY seen ON accounts_accesslog;
CREATE POLICY seen ON accounts_accesslog FOR SELECT
    USING ({MINE} OR reader_id = (SELECT app_actor()));
"""
UNDO = f"""
DROP POLICY seen ON accounts_accesslog;
CREATE POLICY seen ON accounts_accesslog FOR SELECT USING ({MINE});
"""


class Migration(migrations.Migration):
    """The access log is also seen by the one who read."""

    dependencies = [("accounts", "0004_written_where_it_belongs")]

    operations = [migrations.RunSQL(SEEN, UNDO)]
