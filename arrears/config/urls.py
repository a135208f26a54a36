"""Addresses: three faces, each with its own urls."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/", include("arrears.api.urls")),
]
