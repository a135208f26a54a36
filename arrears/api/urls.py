"""Addresses under /api/; what is not there is refused in the same words as everything else."""

from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt

from arrears.api.addresses import api
from arrears.api.notify import wallet_notice
from arrears.api.problems import Problem, answer


@csrf_exempt
def nothing_here(request: HttpRequest) -> HttpResponse:
    """An address nobody knows."""
    return answer(Problem(404, f"there is nothing at {request.path}", do="See /api/docs."))


urlpatterns = [
    path("notify/<str:provider>", wallet_notice),
    path("", api.urls),
    re_path(r"^[\s\S]*$", nothing_here),
]
