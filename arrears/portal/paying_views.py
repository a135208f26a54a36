"""Paying now: an order with its code, and the page that says when the money has come."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from arrears.kernel import clock
from arrears.portal import forms, paying
from arrears.portal.agreements import NotYours
from arrears.portal.page import page_of
from arrears.portal.session import for_customers
from arrears.portal.views import pay_page


@for_customers
@require_POST
def open_order(request: HttpRequest, customer: str) -> HttpResponse:
    """Say what is going to be paid; the next page shows how."""
    form = forms.PayNow(request.POST)
    if not form.is_valid():
        return pay_page(request, customer, paying=form)
    try:
        number = paying.open_order(customer, form.cleaned_data, now=clock.now())
    except NotYours as nothing:
        raise Http404(str(nothing)) from nothing
    return redirect("portal:order", number)


@for_customers
def order(request: HttpRequest, customer: str, number: str) -> HttpResponse:
    """The code to scan, the details for a transfer, and whether the money has come."""
    try:
        seen = paying.order(customer, number)
    except NotYours as nothing:
        raise Http404(str(nothing)) from nothing
    label = _("Code to pay %(amount)s") % {"amount": seen.amount}
    code = paying.picture(seen.address, label=label) if seen.address else ""
    shown = {"order": seen, "code": code, "language": get_language(), "live": settings.LIVE}
    return page_of(request, "order", shown)
