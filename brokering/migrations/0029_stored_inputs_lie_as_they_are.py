"""What a round was solved from comes packed: the database need not try to pack it again."""

from django.db import migrations

AS_IT_IS = "ALTER TABLE brokering_roundstore ALTER COLUMN body SET STORAGE EXTERNAL"
PACKED = "ALTER TABLE brokering_roundstore ALTER COLUMN body SET STORAGE EXTENDED"


class Migration(migrations.Migration):
    """How a column lies."""

    dependencies = [("brokering", "0028_reroutes_are_told_by_themselves")]

    operations = [migrations.RunSQL(AS_IT_IS, PACKED)]
