"""Refusals as JSON (RFC 9457, application/problem+json): what happened, where, what to do."""

import logging
import uuid
from typing import Any, Literal

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import Field

from arrears.kernel.trouble import Trouble

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
TITLES = {
    400: "The request cannot be read",
    401: "A key is needed",
    403: "The key does not open this",
    404: "Not known here",
    405: "Not done this way",
    409: "It contradicts what is known",
    413: "Too large",
    422: "Something in the request is not right",
    500: "Our own fault",
    503: "Not able to answer now",
}


class WhereShape(Schema):
    """A place in the request."""

    field: str = Field(
        description="path, query or body, then the names down to the value", examples=["body.kind"]
    )
    what: str
    value: str | None = Field(default=None, description="what stood there, cut to 80 characters")


class ProblemShape(Schema):
    """Why not, and what to do."""

    type: Literal["about:blank"] = "about:blank"
    title: str
    status: int
    what: str
    where: list[WhereShape] = []
    do: str = ""


class Problem(Exception):
    """Answer with this status."""

    def __init__(
        self, status: int, what: str, *, do: str = "", where: list[WhereShape] | None = None
    ) -> None:
        super().__init__(what)
        self.shape = ProblemShape(title=TITLES[status], status=status, what=what, do=do, where=where or [])


def answer(problem: Problem) -> HttpResponse:
    """The problem as a response."""
    response = JsonResponse(problem.shape.dict(), status=problem.shape.status, content_type=MEDIA_TYPE)
    if problem.shape.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def teach(api: NinjaAPI) -> None:
    """Every error of `api` becomes a problem."""

    @api.exception_handler(Problem)
    def _problem(request: HttpRequest, problem: Problem) -> HttpResponse:
        return answer(problem)

    @api.exception_handler(Trouble)
    def _trouble(request: HttpRequest, trouble: Trouble) -> HttpResponse:
        return answer(Problem(409, trouble.what, do=trouble.do))

    @api.exception_handler(ValidationError)
    def _invalid(request: HttpRequest, invalid: ValidationError) -> HttpResponse:
        where = [_where(error) for error in invalid.errors]
        return answer(Problem(422, "; ".join(f"{place.field}: {place.what}" for place in where), where=where))

    @api.exception_handler(AuthenticationError)
    def _stranger(request: HttpRequest, stranger: AuthenticationError) -> HttpResponse:
        return answer(
            Problem(401, "no key we know came with the request", do="Send `Authorization: Bearer <key>`.")
        )

    @api.exception_handler(HttpError)
    def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
        return answer(
            Problem(400, "the body is not JSON we can read", do="Send one JSON object, UTF-8, no NaN.")
        )

    @api.exception_handler(RequestDataTooBig)
    def _large(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
        return answer(Problem(413, "the request is too large", do="Send less at once."))

    @api.exception_handler(Exception)
    def _fault(request: HttpRequest, fault: Exception) -> HttpResponse:
        incident = uuid.uuid4().hex[:12]
        log.error("API incident %s", incident, exc_info=fault)
        return answer(
            Problem(500, f"incident {incident}", do="Tell us this number; the reason is in our log.")
        )


def _where(error: dict[str, Any]) -> WhereShape:
    names = [str(name) for name in error.get("loc", ()) if name not in {"told", "noticed"}]
    value = error.get("input")
    shown = None if value is None or isinstance(value, dict | list) else str(value)[:80]
    return WhereShape(field=".".join(names), what=error.get("msg", ""), value=shown)
