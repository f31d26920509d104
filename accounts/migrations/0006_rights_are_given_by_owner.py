"""Who exists and who is what in which tenant is written by the owning role alone."""

from django.db import migrations

MINE_TO_GIVE = (
    "accounts_membership",
    "accounts_user_groups",
    "accounts_user_user_permissions",
    "auth_group",
    "auth_group_permissions",
    "auth_permission",
    "django_content_type",
    "django_migrations",
)
TAKEN = f"""
REVOKE INSERT, UPDATE, DELETE ON {", ".join(MINE_TO_GIVE)} FROM vardbryggan_app;
REVOKE INSERT, UPDATE, DELETE ON accounts_user FROM vardbryggan_app;
GRANT UPDATE (password, last_login) ON accounts_user TO vardbryggan_app;
"""
GIVEN = f"""
GRANT INSERT, UPDATE, DELETE ON {", ".join(MINE_TO_GIVE)} TO vardbryggan_app;
REVOKE UPDATE (password, last_login) ON accounts_user FROM vardbryggan_app;
GRANT INSERT, UPDATE, DELETE ON accounts_user TO vardbryggan_app;
"""


class Migration(migrations.Migration):
    """A fault in the application cannot give anybody a role."""

    dependencies = [
        ("accounts", "0005_reads_seen_by_reader"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [migrations.RunSQL(TAKEN, GIVEN)]
