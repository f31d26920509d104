"""Forms of accounts, and what a form sent."""

from hashlib import sha256
from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class SignInForm(AuthenticationForm):
    """User name and password; the error says what to do, and never which of the two was wrong."""

    error_messages = {
        "invalid_login": _(
            "Användarnamnet och lösenordet hör inte ihop. Skriv båda igen; stora och små bokstäver räknas."
        ),
        "inactive": _("Inloggningen är avstängd. Kontakta den som är ansvarig hos dig."),
    }

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("Användarnamn")
        self.fields["username"].error_messages["required"] = _("Skriv ditt användarnamn.")
        self.fields["password"].label = _("Lösenord")
        self.fields["password"].error_messages["required"] = _("Skriv ditt lösenord.")
        # The demo fills both fields in; a password that someone typed is never sent back.
        self.fields["password"].widget.render_value = not self.is_bound


def posted(request: HttpRequest) -> dict[str, Any]:
    """What a form sent, without its token: the request that an Idempotency-Key stands for."""
    sent = {name: values for name, values in request.POST.lists() if name != "csrfmiddlewaretoken"}
    files = {name: _digest_of(file) for name in request.FILES if (file := request.FILES.get(name))}
    return {"path": request.path, "form": sent} | ({"files": files} if files else {})


def _digest_of(file: UploadedFile) -> str:
    """Hex SHA-256 of a file that was sent; it can be read from its start afterwards."""
    digest = sha256()
    for piece in file.chunks():
        digest.update(piece)
    file.seek(0)
    return digest.hexdigest()
