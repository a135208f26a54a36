"""The customer's session: its own cookie, its own row, one customer, half an hour.

It is no staff session and cannot become one: the two use different cookies, and neither
looks at what the other keeps.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache

COOKIE = "arrears_customer"
LASTS = timedelta(minutes=30)
WHO, TICKET, TYPED = "portal_customer", "portal_ticket", "portal_typed"

View = Callable[..., HttpResponse]


def session_of(request: HttpRequest) -> SessionStore:
    """The customer's session, fresh where there is none; one and the same within a request."""
    kept: SessionStore | None = getattr(request, "_customer_session", None)
    if kept is None:
        kept = SessionStore(request.COOKIES.get(COOKIE))
        request._customer_session = kept  # type: ignore[attr-defined]
    return kept


def customer_of(request: HttpRequest) -> str | None:
    """Who is signed in."""
    who = session_of(request).get(WHO)
    return who if isinstance(who, str) else None


def keep(response: HttpResponse, session: SessionStore) -> HttpResponse:
    """Save the session and tell the browser."""
    session.set_expiry(LASTS)
    session.save()
    response.set_cookie(
        COOKIE,
        session.session_key or "",
        max_age=LASTS,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response


def sign_in(response: HttpResponse, session: SessionStore, customer_ref: str) -> HttpResponse:
    """From now on this is the customer; the session gets a new key and forgets the rest."""
    session.flush()
    session[WHO] = customer_ref
    return keep(response, session)


def sign_out(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Forget the customer, here and in the browser."""
    session_of(request).flush()
    response.delete_cookie(COOKIE, samesite="Lax")
    return response


def for_customers(view: View) -> View:
    """The view gets the signed-in customer; anybody else is asked to sign in. Each visit
    starts the half hour anew, so that nobody loses a letter while writing it."""

    @never_cache
    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        session = session_of(request)
        who = session.get(WHO)
        if not isinstance(who, str):
            return redirect("portal:sign_in")
        response = view(request, who, *args, **kwargs)
        return keep(response, session) if WHO in session else response

    return asked
