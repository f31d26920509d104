"""How a patient is reached, and what they asked for, belongs to the home region and the patient."""

from django.db import migrations

from accounts.models.rls import append_only, need_plane

KEPT = ("approval", "contactpoint", "message", "contacttask", "shortnotice", "watch", "invitation")


class Migration(migrations.Migration):
    """Row-level security of the tables of 0010; an attempt to reach somebody is never changed."""

    dependencies = [("brokering", "0010_reaching_patients")]

    operations = [
        *(need_plane(f"brokering_{name}") for name in KEPT),
        need_plane("brokering_contactattempt"),
        append_only("brokering_contactattempt"),
        *(
            migrations.RunSQL(
                f"REVOKE DELETE ON brokering_{name} FROM vardbryggan_app;",
                f"GRANT DELETE ON brokering_{name} TO vardbryggan_app;",
            )
            for name in (*KEPT, "batch")
        ),
    ]
