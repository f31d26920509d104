"""Pages: log in and out, where each role works, who has read what; how a form is carried out once."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import login_needed, requires
from accounts.actions.outcomes import Answer, once
from accounts.forms import SignInForm, posted
from accounts.models import AccessLog
from accounts.navigation import links_for
from accounts.roles import Permission, Role
from accounts.selectors.demo import demo_logins
from accounts.selectors.readers import as_readings, readings_in, readings_of

READINGS_A_PAGE = 50


class SignIn(LoginView):
    """Log in; where the demo is shown, one click fills in one of its logins."""

    template_name = "accounts/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """What was said before is forgotten: it may have been somebody else, at the same machine."""
        self.request.session.flush()
        return super().form_valid(form)

    def get_initial(self) -> dict[str, Any]:
        """The demo login that was clicked."""
        chosen = self.request.GET.get("demo", "")
        if not settings.DEMO_LOGINS_SHOWN or not chosen:
            return {}
        return {"username": chosen, "password": settings.DEMO_PASSWORD}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Adds the demo logins."""
        groups = demo_logins() if settings.DEMO_LOGINS_SHOWN else []
        return super().get_context_data(demo_groups=groups, **kwargs)


@login_needed
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Where the person works, by role."""
    actor = request.actor  # type: ignore[attr-defined]
    roles = sorted(actor.roles, key=list(Role).index)
    context = {"links": links_for(actor, request.path), "roles": roles}
    return render(request, "accounts/start.html", context)


@requires(Permission.SEE_OWN_WAIT)
@require_safe
def readings(request: HttpRequest) -> HttpResponse:
    """Who has read about me: the patient's own access log."""
    log = readings_of(request.actor)  # type: ignore[attr-defined]
    return render(request, "accounts/readings.html", _page_of(log, request))


@requires(Permission.READ_ACCESS_LOG)
@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    """Who has read what: the log of the tenants that the auditor examines."""
    log = readings_in(request.actor.tenants_where(Permission.READ_ACCESS_LOG))  # type: ignore[attr-defined]
    return render(request, "accounts/audit.html", _page_of(log, request))


def _page_of(log: QuerySet[AccessLog], request: HttpRequest) -> dict[str, Any]:
    page = Paginator(log, READINGS_A_PAGE).get_page(request.GET.get("page"))
    return {"page": page, "readings": as_readings(list(page.object_list))}


def once_per_key(request: HttpRequest, work: Callable[[], Answer]) -> Answer:
    """Carry out `work` once for the hidden `key` of the form that was sent: a second press does nothing more.

    `work` fetches its rows itself, as the first press may have ended them. Raises what `once` raises.
    """
    return once(
        by=request.actor,  # type: ignore[attr-defined]
        key=request.POST.get("key"),
        request=posted(request),
        now=timezone.now(),
        work=work,
    )
