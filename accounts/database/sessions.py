"""Sessions in the database, as Django keeps them; that of a request is read by a prepared statement."""

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models.functions import Now

from accounts.database.prepared import Asked, Prepared

RUNNING = Prepared(lambda: Session.objects.filter(session_key=Asked("key"), expire_date__gt=Now()))


class SessionStore(db.SessionStore):
    """What `SESSION_ENGINE` names."""

    def _get_session_from_db(self) -> Session | None:
        found = RUNNING.first(key=self.session_key)
        if found is None:
            self._session_key = None
        return found
