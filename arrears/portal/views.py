"""Requests in, pages out. Each view asks one question or does one thing, for one customer."""

import uuid

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from arrears.casebook.types import FactKind
from arrears.kernel import clock
from arrears.kernel.money import decimal_text
from arrears.kernel.trouble import Trouble
from arrears.look.names import MOVEMENTS
from arrears.portal import actions, forms, names, queries, session
from arrears.portal.page import page_of
from arrears.portal.session import for_customers


@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    """Who are you? The answer is the same whether we know you or not."""
    form = forms.WhoAreYou(request.POST or None)
    if request.method == "POST" and form.is_valid():
        typed, caller = form.cleaned_data["typed"], request.META.get("REMOTE_ADDR", "")
        try:
            ticket = actions.send_code(typed=typed, asked_from=caller, now=clock.wall_now())
        except Trouble:
            form.add_error(None, _("Too many codes were asked for. Please wait a while, or call us."))
        else:
            kept = session.session_of(request)
            kept[session.TICKET], kept[session.TYPED] = ticket, typed
            return session.keep(redirect("portal:code"), kept)
    return page_of(request, "sign_in", {"form": form})


@never_cache
@sensitive_post_parameters("code")
def code(request: HttpRequest) -> HttpResponse:
    """The six digits; right ones open the session."""
    kept = session.session_of(request)
    if session.TICKET not in kept:
        return redirect("portal:sign_in")
    form = forms.Code(request.POST or None)
    if request.method == "POST" and form.is_valid():
        who = actions.check_code(ticket=kept[session.TICKET], now=clock.wall_now(), **form.cleaned_data)
        if who:
            return _welcome(request, session.sign_in(redirect("portal:home"), kept, who), who)
        form.add_error("code", _("This code does not fit, or it is too old."))
    return page_of(request, "code", {"form": form, "typed": kept[session.TYPED]})


def _welcome(request: HttpRequest, response: HttpResponse, customer_ref: str) -> HttpResponse:
    """Speak the customer's language, unless another was chosen here."""
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, queries.language_of(customer_ref), samesite="Lax")
    return response


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    return session.sign_out(request, redirect("portal:sign_in"))


@for_customers
def home(request: HttpRequest, customer: str) -> HttpResponse:
    """What I owe, and until when."""
    return page_of(request, "home", {"page": queries.home(customer, today=clock.today())})


@for_customers
def why(request: HttpRequest, customer: str, number: int) -> HttpResponse:
    """Every amount unfolded."""
    card = queries.card(customer, number, today=clock.today())
    if card is None:
        raise Http404
    return page_of(request, "why", {"card": card, "movement_names": MOVEMENTS})


@for_customers
def history(request: HttpRequest, customer: str) -> HttpResponse:
    """What has happened."""
    events = queries.events(customer, today=clock.today(), language=get_language() or "")
    return page_of(request, "history", {"events": events})


@for_customers
def pay(request: HttpRequest, customer: str) -> HttpResponse:
    """How to pay, and what a payment would change."""
    return pay_page(request, customer)


def pay_page(request: HttpRequest, customer: str, *, paying: forms.PayNow | None = None) -> HttpResponse:
    """The page of paying; `paying` is what was typed to pay now, where it has to be corrected."""
    today = queries.day(clock.today())
    cards = queries.cards(customer, today=clock.today())
    asked = request.GET if "amount" in request.GET else None
    currency = cards[0].currency if cards else "CNY"
    form = forms.WhatIf(
        asked, initial={"card": 1, "on": today}, today=today, currency=currency, auto_id="if_%s"
    )
    choice = None
    if asked and form.is_valid():
        told = form.cleaned_data
        choice = queries.what_if(customer, told["card"], cents=told["amount"], on=told["on"], today=today)
    due = decimal_text(cards[0].due_cents, currency=currency) if cards and cards[0].due_cents else ""
    wanted = {"card": 1, **request.GET.dict(), "key": uuid.uuid4(), "amount": request.GET.get("now", due)}
    shown = {"cards": cards, "form": form, "choice": choice, "paying": paying or forms.PayNow(initial=wanted)}
    return page_of(request, "pay", shown)


@for_customers
def contacts(request: HttpRequest, customer: str) -> HttpResponse:
    """Who contacted me? So that a person can check that a message is genuine."""
    return page_of(request, "contacts", {"events": queries.contacts(customer)})


@for_customers
def talk(request: HttpRequest, customer: str) -> HttpResponse:
    """What is it about? Each answer leads to its own page."""
    return page_of(
        request,
        "talk",
        {"matters": forms.MATTERS, "icons": names.MATTER_ICONS, "open": queries.open_matters(customer)},
    )


@for_customers
def raise_matter(request: HttpRequest, customer: str, group: str) -> HttpResponse:
    """Say what is wrong, or what has changed, and show what proves it."""
    if group not in forms.MATTERS:
        raise Http404
    language = get_language() or ""
    form = forms.Matter(
        request.POST or None,
        request.FILES or None,
        group=group,
        language=language,
        initial={"key": uuid.uuid4(), "about": request.GET.get("about")},
    )
    shown = {"form": form, "group": group, "matter": forms.MATTERS[group]}
    if request.method == "POST" and form.is_valid():
        raised = actions.raise_matter(
            customer_ref=customer, told=form.cleaned_data, died=group == "died", now=clock.now()
        )
        return page_of(request, "heard", {**shown, "raised": raised})
    return page_of(request, "raise", shown)


@for_customers
def matters(request: HttpRequest, customer: str) -> HttpResponse:
    """What I raised, until when an answer is owed, and the answer."""
    shown = {"matters": queries.matters(customer), "form": forms.MorePapers(), "outcomes": names.MATTER_ENDS}
    return page_of(request, "matters", shown)


@for_customers
@require_POST
def add_papers(request: HttpRequest, customer: str, ref: str) -> HttpResponse:
    """More photos or PDFs for a matter of mine."""
    form = forms.MorePapers(request.POST, request.FILES)
    if form.is_valid():
        try:
            actions.add_papers(
                customer_ref=customer, ref=ref, files=form.cleaned_data["papers"], now=clock.now()
            )
        except queries.NotKnown as trouble:
            raise Http404(str(trouble)) from trouble
        messages.success(request, _("Thank you, we have added it."))
    else:
        for error in form.errors.get("papers", []):
            messages.error(request, str(error))
    return redirect("portal:matters")


@for_customers
def wishes(request: HttpRequest, customer: str) -> HttpResponse:
    """How I want to be reached."""
    wanted = request.POST.get("wish")
    hours = forms.Hours(request.POST if wanted == "hours" else None, initial={"key": uuid.uuid4()})
    channel = forms.NotThisWay(request.POST if wanted == "channel" else None)
    for form, kind in ((hours, FactKind.ASKED_HOURS), (channel, FactKind.OPTED_OUT)):
        if form.is_bound and form.is_valid():
            _tell(customer, kind, form)
            messages.success(request, _("Thank you, we have noted it."))
            return redirect("portal:wishes")
    shown = {
        "page": queries.wishes(customer),
        "hours": hours,
        "channels": forms.CHANNELS,
        "key": uuid.uuid4(),
        "languages": names.LANGUAGES,
    }
    return page_of(request, "wishes", shown)


def _tell(customer: str, kind: FactKind, form: forms.Hours | forms.NotThisWay) -> None:
    actions.tell(
        customer_ref=customer,
        kind=kind,
        key=str(form.cleaned_data["key"]),
        payload=form.payload(),
        now=clock.now(),
    )
