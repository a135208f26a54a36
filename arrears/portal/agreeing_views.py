"""More time, payment in parts, and what was agreed: requests in, pages out."""

import uuid
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from arrears.arrangements.types import Asked, Kind, UnableToAccept, UnableToOffer, UnableToPromise
from arrears.daily import copies
from arrears.daily.copies import Copy
from arrears.kernel import clock
from arrears.kernel.trouble import Trouble
from arrears.look.say import day_text
from arrears.portal import agreeing, agreements, forms, names, queries, session
from arrears.portal.agreements import NotYours
from arrears.portal.page import page_of
from arrears.portal.session import for_customers
from arrears.portal.types import Card, Terms

MEANS = "portal_means"
View = Callable[..., HttpResponse]


def of_my_own(view: View) -> View:
    """A page about something of the customer's own: for anything else there is no such page."""

    @for_customers
    @wraps(view)
    def asked(request: HttpRequest, customer: str, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, customer, *args, **kwargs)
        except NotYours as nothing:
            raise Http404(str(nothing)) from nothing

    return asked


def may_agree(view: View) -> View:
    """Nothing is offered while something stands in the way; the page that helps comes instead."""

    @of_my_own
    @wraps(view)
    def asked(request: HttpRequest, customer: str, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            why = agreements.hindrance(customer)
            return _hindered(request, why) if why else view(request, customer, *args, **kwargs)
        except agreeing.Hindered as hindered:
            return _hindered(request, hindered.why)

    return asked


def _hindered(request: HttpRequest, why: str) -> HttpResponse:
    return page_of(request, "hindered", {"why": why})


# More time ------------------------------------------------------------------------------------


@may_agree
def more_time(request: HttpRequest, customer: str) -> HttpResponse:
    """Which day, and what it costs; shown before anything is agreed."""
    cards = _in_debt(customer)
    form = _time_form(request.GET if "day" in request.GET else None, cards)
    delay = None
    if form.is_bound and form.is_valid():
        try:
            delay = agreements.delay(customer, form.cleaned_data, now=clock.now())
        except UnableToOffer as refused:
            form.add_error(None, _sorry(refused))
        except Trouble:
            form.add_error(None, _("We cannot work this out at the moment. Please call us."))
    shown = {"form": form, "cards": cards, "delay": delay, "key": uuid.uuid4(), "ways": forms.WAYS}
    return page_of(request, "more_time", shown)


@may_agree
@require_POST
def promise(request: HttpRequest, customer: str) -> HttpResponse:
    """Promise what was read back."""
    form = _time_form(request.POST, _in_debt(customer))
    if not form.is_valid():
        return redirect("portal:more_time")
    try:
        _made, copy = agreeing.promise(customer, {**form.cleaned_data, "key": _key(request)}, now=clock.now())
    except UnableToPromise:
        words = _("This promise cannot be taken here. A plan in parts may fit better, or talk to us.")
        messages.warning(request, words)
        return redirect("portal:more_time")
    messages.success(request, _("Thank you. Your promise is noted, and nobody presses you until then."))
    _tell_of_copy(request, copy)
    return redirect("portal:agreements")


@may_agree
@require_POST
def put_off(request: HttpRequest, customer: str) -> HttpResponse:
    """Ask for the quotation of an extension."""
    form = _time_form(request.POST, _in_debt(customer))
    if not form.is_valid():
        return redirect("portal:more_time")
    asked = agreements.put_off(form.cleaned_data["day"])
    return _quoted(request, customer, form.cleaned_data["card"], asked, back="portal:more_time")


def _time_form(told: Any, cards: list[Card]) -> forms.MoreTime:
    number = _number(told, "card") or (cards[0].number if cards else 1)
    today = clock.today()
    return forms.MoreTime(
        told,
        today=today,
        most_days=agreements.most_days(on=today),
        due_cents=next((card.due_cents for card in cards if card.number == number), 0),
        initial={"card": number, "way": "promise"},
    )


# In parts -------------------------------------------------------------------------------------


@may_agree
def in_parts(request: HttpRequest, customer: str) -> HttpResponse:
    """A few questions, each of which may be left out."""
    cards = _in_debt(customer)
    kept = session.session_of(request)
    first = {"card": cards[0].number if cards else 1}
    form = forms.Means(request.POST or None, language=get_language() or "", initial=first)
    if request.method == "POST" and form.is_valid():
        agreements.account(customer, form.cleaned_data["card"])
        kept[MEANS] = form.means()
        return redirect("portal:plans")
    return page_of(request, "in_parts", {"form": form, "cards": cards})


@may_agree
def plans(request: HttpRequest, customer: str) -> HttpResponse:
    """Up to three plans, and any other length on the slider."""
    means = _means(request)
    if means is None:
        return redirect("portal:in_parts")
    shown: dict[str, Any] = {"key": uuid.uuid4(), "kinds": names.KINDS}
    shown["kept"] = agreements.keeps_one(customer, means["card"])
    try:
        shown["plans"] = agreements.plans(customer, means, now=clock.now())
    except Trouble:
        shown["unable"] = True
    return page_of(request, "plans", {**shown, **_slider(request, customer, means, shown.get("plans") or [])})


@may_agree
def length(request: HttpRequest, customer: str) -> HttpResponse:
    """One length on the slider, as a piece of the page."""
    means = _means(request)
    if means is None:
        raise Http404
    return page_of(
        request,
        "length",
        {"key": uuid.uuid4(), "kinds": names.KINDS, **_slider(request, customer, means, [])},
    )


def _slider(
    request: HttpRequest, customer: str, means: Mapping[str, Any], found: list[Terms]
) -> dict[str, Any]:
    """The plan of the length asked for, or the nearest that can be."""
    span = agreements.months_open(on=clock.today())
    first = found[0].said["months"] if found else span[0]
    slider = forms.Length(request.GET if "months" in request.GET else {"months": first}, span=span)
    shown: dict[str, Any] = {"slider": slider, "span": span, "terms": None, "refused": ""}
    if slider.is_valid():
        asked = agreements.in_parts(Kind.INSTALMENT_BALANCE, slider.cleaned_data["months"], means)
        told = agreements.surroundings(means)
        try:
            shown["terms"] = agreements.preview(customer, means["card"], asked, now=clock.now(), told=told)
        except UnableToOffer as refused:
            shown["refused"] = _sorry(refused)
        except Trouble:
            shown["refused"] = _("We cannot work this out at the moment. Please call us.")
    return shown


@may_agree
@require_POST
def choose(request: HttpRequest, customer: str) -> HttpResponse:
    """Ask for the quotation of one plan."""
    means, form = _means(request), forms.Plan(request.POST)
    if means is None or not form.is_valid():
        return redirect("portal:in_parts")
    asked = agreements.in_parts(Kind(form.cleaned_data["kind"]), form.cleaned_data["months"], means)
    told = agreements.surroundings(means)
    return _quoted(request, customer, means["card"], asked, back="portal:plans", told=told)


def _means(request: HttpRequest) -> dict[str, Any] | None:
    told = session.session_of(request).get(MEANS)
    return told if isinstance(told, dict) else None


# Quotations and agreements ----------------------------------------------------------------------


def _quoted(
    request: HttpRequest, customer: str, number: int, asked: Asked, *, back: str, told: Any = None
) -> HttpResponse:
    try:
        key = agreeing.quote(customer, number, asked, key=_key(request), now=clock.now(), told=told)
    except UnableToOffer as refused:
        messages.warning(request, _sorry(refused))
        return redirect(back)
    return redirect("portal:quotation", key)


@of_my_own
def quotation(request: HttpRequest, customer: str, key: str) -> HttpResponse:
    """What we offer, word for word, before it is agreed to."""
    terms = agreements.quotation(customer, key)
    shown: dict[str, Any] = {"terms": terms, "kinds": names.KINDS, "state": terms.offer.state.value}
    shown |= {"one": agreements.listed(terms), "agreement": agreements.agreement_of(customer, key)}
    return page_of(request, "quotation", shown)


@may_agree
@require_POST
def agree(request: HttpRequest, customer: str, key: str) -> HttpResponse:
    """Agree to it."""
    try:
        made, copy = agreeing.agree(customer, key, now=clock.now())
    except UnableToAccept as refused:
        if refused.new_offer and refused.new_offer != key:
            messages.warning(
                request, _("Money moved on your account since. Here is the offer with today's amounts.")
            )
            return redirect("portal:quotation", refused.new_offer)
        messages.warning(request, _("This offer can no longer be agreed to. Please ask for a new one."))
        return redirect("portal:agreements")
    messages.success(request, _("Thank you. We have agreed."))
    _tell_of_copy(request, copy)
    return redirect("portal:agreement", made.key)


def _tell_of_copy(request: HttpRequest, copy: Copy) -> None:
    tell = messages.info if copy.goes else messages.warning
    tell(request, copy.fate.said_in(get_language() or ""))


@of_my_own
def mine(request: HttpRequest, customer: str) -> HttpResponse:
    """Every promise and agreement, and what is next."""
    shown = {"agreed": agreements.all_agreed(customer, today=clock.today()), "kinds": names.KINDS}
    return page_of(request, "agreements", {**shown, "states": names.STATES, "parts": names.PARTS})


@of_my_own
def agreement(request: HttpRequest, customer: str, key: str) -> HttpResponse:
    """The signed copy, fit to print, and how it stands."""
    agreed, terms, document = agreements.agreement(customer, key, today=clock.today())
    shown = {"agreed": agreed, "terms": terms, "document": document, "kinds": names.KINDS}
    shown |= {"copy": copies.of(key), "states": names.STATES, "parts": names.PARTS}
    return page_of(request, "agreement", shown)


@of_my_own
def document(request: HttpRequest, customer: str, key: str) -> HttpResponse:
    """The signed text as a file, for whoever wants to verify it."""
    signed = agreements.agreement(customer, key, today=clock.today())[2]
    response = JsonResponse(signed, json_dumps_params={"ensure_ascii": False, "indent": 1})
    response["Content-Disposition"] = f'attachment; filename="agreement-{key[-8:]}.json"'
    return response


# ------------------------------------------------------------------------------------------------


def _in_debt(customer: str) -> list[Card]:
    cards = queries.cards(customer, today=clock.today())
    return [card for card in cards if card.owed and card.owed.payoff_cents > 0]


def _number(told: Any, name: str) -> int | None:
    text = (told or {}).get(name, "")
    return int(text) if str(text).isascii() and str(text).isdigit() and len(str(text)) < 4 else None


def _key(request: HttpRequest) -> str:
    """The key of the page the customer answered, so that a second click changes nothing."""
    try:
        return str(uuid.UUID(request.POST.get("key", "")))
    except ValueError:
        return str(uuid.uuid4())


def _sorry(refused: UnableToOffer) -> str:
    """Why not, in the customer's words, and what would be possible."""
    nearest = refused.nearest
    if nearest and nearest.months:
        return _("That length cannot be agreed. The nearest is %(months)s months.") % {
            "months": nearest.months
        }
    if nearest and nearest.day:
        words = _("That day cannot be agreed. The nearest is %(day)s.")
        return words % {"day": day_text(nearest.day, get_language() or "")}
    return _("This cannot be agreed here at present. Please talk to us; we look for another way.")
