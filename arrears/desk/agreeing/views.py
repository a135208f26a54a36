"""Pages about agreements: take a promise, offer a plan, read a quotation back, follow what runs."""

import hashlib
import uuid
from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from arrears.arrangements.queries import Afford
from arrears.arrangements.types import Asked, Surroundings, UnableToAccept, UnableToArrange, UnableToOffer
from arrears.casebook.types import Person
from arrears.contact.actions import UnableToSay
from arrears.desk import names
from arrears.desk import queries as desk
from arrears.desk.agreeing import actions, forms, queries
from arrears.desk.agreeing.types import Compared
from arrears.kernel import clock
from arrears.kernel.trouble import Trouble
from arrears.look.templatetags.look import said
from arrears.staff.models import Member
from arrears.strategy.types import CaseRow


def take_promise(request: HttpRequest, ref: str) -> HttpResponse:
    """An amount and a day: one short form."""
    line = _line(ref)
    page = queries.before_offering(line)
    form = forms.Promise(
        request.POST or None,
        currency=line.currency,
        initial={"key": uuid.uuid4(), "remind_by": _remind_by(page.person)},
    )
    if request.method == "POST" and form.is_valid():
        told = {**form.cleaned_data, "key": str(form.cleaned_data["key"])}
        try:
            actions.promise(
                account_ref=ref, cents=told.pop("amount") or 0, by=_member(request), now=clock.now(), **told
            )
        except UnableToArrange as trouble:
            form.add_error(None, said(trouble))
        else:
            messages.success(request, _("The promise is kept on record; contacts rest until its day."))
            return redirect("desk:case", ref=ref)
    shown = {"form": form, "case": line, "page": page, "place": "cases"}
    return render(request, "desk/agreeing/promise.html", shown)


@require_POST
def take_back_promise(request: HttpRequest, ref: str) -> HttpResponse:
    """The promise that runs was recorded wrongly: take it back, with the reason."""
    line, form = _line(ref), forms.TakeBack(request.POST)
    if not form.is_valid():
        messages.error(request, _("Please say what was recorded wrongly."))
        return redirect("desk:case", ref=ref)
    try:
        actions.take_back_promise(
            promise_key=queries.promise_on(line.account_ref, request.POST.get("promise", "")),
            because=form.cleaned_data["because"],
            by=_member(request),
            now=clock.now(),
        )
    except Trouble as trouble:
        messages.error(request, said(trouble))
    else:
        messages.success(request, _("The promise is taken back; what was recorded stays in the history."))
    return redirect("desk:case", ref=ref)


def _remind_by(person: Person) -> str:
    return "sms" if any(point.kind == "mobile" for point in person.points) else "email"


def offer_plan(request: HttpRequest, ref: str) -> HttpResponse:
    """Income and outgoings, plans side by side, any kind by itself; taking one makes a quotation."""
    line = _line(ref)
    long = "long" in (request.GET.get("form"), request.POST.get("form"))
    form = forms.Offer(request.POST or None, long=long, currency=line.currency, initial={"key": uuid.uuid4()})
    compared, refused, nearest = None, None, None
    if request.method == "POST" and form.is_valid():
        try:
            taken = _take(request, form, ref)
            if taken:
                return redirect("desk:quotation", key=taken)
        except UnableToOffer as trouble:
            refused, nearest = trouble, trouble.nearest
        except Trouble as trouble:
            form.add_error(None, said(trouble))
        compared = _compared(request, form, ref)
    shown = {
        "form": form,
        "case": line,
        "page": queries.before_offering(line),
        "compared": compared,
        "refused": refused,
        "nearest": nearest,
        "nearest_take": forms.take_of(nearest) if nearest else "",
        "names": names,
        "place": "cases",
    }
    return render(request, "desk/agreeing/offer.html", shown)


def _take(request: HttpRequest, form: forms.Offer, ref: str) -> str:
    """The key of the quotation made; empty where nothing was taken."""
    take = request.POST.get("take", "")
    asked: Asked | None = form.asked(take) if take else None
    if asked is None:
        return ""
    told, afford = form.cleaned_data, queries.affordable(form.means())
    offer = actions.offer(
        key=_key_of(request),
        account_ref=ref,
        asked=asked,
        surroundings=Surroundings(
            reasons=(told["reason"],) if told["reason"] else (),
            willing=told["willing"],
            sustainable_cents=afford.sustainable_cents if afford else None,
            means=_means_as_data(afford),
        ),
        by=_member(request),
        now=clock.now(),
    )
    return offer.key


def _key_of(request: HttpRequest) -> str:
    """The same form sent twice makes one quotation; anything changed in it makes another."""
    sent = sorted((name, values) for name, values in request.POST.lists() if name != "csrfmiddlewaretoken")
    return hashlib.sha256(repr(sent).encode()).hexdigest()


def _means_as_data(afford: Afford | None) -> dict[str, int]:
    """The outcome of the form alone: what somebody eats is nobody's business afterwards."""
    if afford is None:
        return {}
    return {
        "income_cents": afford.income_cents,
        "outgoings_cents": afford.outgoings_cents,
        "surplus_cents": afford.surplus_cents,
    }


def _compared(request: HttpRequest, form: forms.Offer, ref: str) -> Compared | None:
    try:
        return queries.compare(
            ref,
            means=form.means(),
            willing=form.cleaned_data["willing"],
            pay_days=form.pay_days(),
            role=_member(request).role,
            today=clock.today(),
        )
    except Trouble as trouble:
        form.add_error(None, said(trouble))
        return None


def quotation(request: HttpRequest, key: str) -> HttpResponse:
    """One quotation: read it back and accept it, let it pass, or take it back."""
    page = queries.quotation(key, actions.who_of(_member(request)))
    if page is None:
        raise Http404
    doing = request.POST.get("do", "")
    accept = forms.Accept(request.POST if doing == "accept" else None)
    decide = forms.Decide(request.POST if doing in {"approve", "decline"} else None)
    if request.method == "POST":
        done = _do_with_quotation(request, key, doing, accept, decide)
        if done:
            return done
    shown = {"page": page, "accept": accept, "decide": decide, "names": names, "place": "cases"}
    return render(request, "desk/agreeing/quotation.html", shown)


def _do_with_quotation(
    request: HttpRequest, key: str, doing: str, accept: forms.Accept, decide: forms.Decide
) -> HttpResponse | None:
    """Where to go when it was done; else the form that was sent says what is missing."""
    by, now = _member(request), clock.now()
    sent = {"accept": accept, "approve": decide, "decline": decide}.get(doing)
    if sent is not None and not sent.is_valid():
        return None
    try:
        if doing == "accept":
            told = accept.cleaned_data
            made, copy = actions.accept(
                offer_key=key, channel=told["channel"], recording=told["recording"], by=by, now=now
            )
            messages.success(request, _("Agreed."))
            if not copy.goes:
                messages.warning(request, said(copy.fate))
            return redirect("desk:agreement", key=made.key)
        if doing in {"approve", "decline"}:
            actions.decide(
                offer_key=key,
                passes=doing == "approve",
                because=decide.cleaned_data["because"],
                by=by,
                now=now,
            )
        if doing == "take_back":
            actions.take_back(offer_key=key, by=by, now=now)
    except UnableToSay as trouble:
        decide.add_error("because", said(trouble))  # what was typed stays in the form
        return None
    except UnableToAccept as trouble:
        messages.error(request, said(trouble))
        return redirect("desk:quotation", key=trouble.new_offer or key)
    except Trouble as trouble:
        messages.error(request, said(trouble))
    return redirect("desk:quotation", key=key)


def agreement(request: HttpRequest, key: str) -> HttpResponse:
    """One agreement as it stands, and as the customer's copy on paper."""
    if request.method == "POST" and request.POST.get("do") == "end":
        try:
            actions.end_agreement(agreement_key=key, by=_member(request), now=clock.now())
        except Trouble as trouble:
            messages.error(request, said(trouble))
        return redirect("desk:agreement", key=key)
    page = queries.agreement(key, today=clock.today())
    if page is None:
        raise Http404
    return render(request, "desk/agreeing/agreement.html", {"page": page, "names": names, "place": "cases"})


def agreements(request: HttpRequest) -> HttpResponse:
    """What waits for a yes, what broke, what runs out, what is kept."""
    page = queries.agreements(actions.who_of(_member(request)), today=clock.today())
    shown = {"page": page, "names": names, "place": "agreements"}
    return render(request, "desk/agreeing/agreements.html", shown)


def _line(ref: str) -> CaseRow:
    line = desk.line_of(ref)
    if line is None:
        raise Http404(f"there is no account {ref}")
    return line


def _member(request: HttpRequest) -> Member:
    return cast(Member, request.user)
