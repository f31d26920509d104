"""A turn tells each route that leads to another region, so that a place passes by those whose route it shuts."""

from django.db import migrations, models

from accounts.models.rls import granted

GENEROUS = """
-- Any route, until the turn is worked out anew: whoever is passed by wrongly would lose a place.
UPDATE brokering_turn SET routes = CASE WHEN elsewhere THEN 7 ELSE 0 END WHERE elsewhere IS NOT NULL;
"""
BACK = "UPDATE brokering_turn SET elsewhere = routes <> 0 WHERE routes IS NOT NULL;"


class Migration(migrations.Migration):
    """One column in place of another; turns stand as they stood."""

    dependencies = [("brokering", "0033_trails_that_move_days_are_found")]

    operations = [
        migrations.AddField("turn", "routes", models.PositiveSmallIntegerField(null=True)),
        migrations.RunSQL(GENEROUS, BACK),
        migrations.RemoveField("turn", "elsewhere"),
        granted("vardbryggan_matcher", "UPDATE (routes)", "brokering_turn"),
    ]
