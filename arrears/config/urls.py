"""Addresses: three faces, each with its own urls."""

from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from arrears.demo import wallet

urlpatterns: list[URLPattern | URLResolver] = [
    path("language/", set_language, name="set_language"),
    path("api/", include("arrears.api.urls")),
    path("desk/", include("arrears.desk.urls")),
    path("sandbox/<str:number>/", wallet.cashier, name="sandbox"),
    path("", include("arrears.portal.urls")),
]
