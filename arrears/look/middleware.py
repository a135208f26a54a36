"""What every page carries: the reader's language and a strict Content-Security-Policy."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_vary_headers

Answer = Callable[[HttpRequest], HttpResponse]

# Everything a page needs comes from this server; nothing is inline, so no nonces and no
# package to make them. Django itself learns this header in 6.0; until then it is one line.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "font-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


class ReadersLanguage:
    """Chinese unless the reader chose otherwise here.

    Django's LocaleMiddleware would follow the browser's Accept-Language, and browsers in
    this office are often English ones used by people who are not.
    """

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = chosen_language(request)
        request.LANGUAGE_CODE = language
        with translation.override(language):
            response = self.answer(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Cookie",))
        return response


def chosen_language(request: HttpRequest) -> str:
    """What the reader chose, or the house's language."""
    asked = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
    return asked if asked and asked in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


class NothingTooLarge:
    """Five photos and a form fit; what is larger is refused before a byte of it is laid down.

    A body without a length is none to Django, which reads only as far as it was told.
    """

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        told = request.META.get("CONTENT_LENGTH") or "0"
        if told.isdecimal() and int(told) <= settings.MOST_BYTES_OF_A_REQUEST:
            return self.answer(request)
        response = render(request, "413.html", status=413)
        response.headers["Connection"] = "close"
        return response


class ContentSecurityPolicy:
    """A page runs our own script and nothing else, whatever a name or a note contains."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.answer(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        return response
