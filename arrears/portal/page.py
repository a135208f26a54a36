"""A page of the portal: its template, with what the house says of itself."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from arrears.contact.queries import house_values


def page_of(request: HttpRequest, template: str, shown: Mapping[str, Any]) -> HttpResponse:
    """`portal/<template>.html`, filled in."""
    house = house_values(language=get_language() or "")
    return render(request, f"portal/{template}.html", {"house": house, **shown})
