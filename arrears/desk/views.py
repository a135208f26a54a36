"""Requests in, pages out. Each view asks one question or does one thing."""

import uuid
from datetime import date
from typing import cast
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth import login, logout
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from arrears.casebook.types import Fact
from arrears.delinquency.types import BUCKETS, CLASS_TITLES
from arrears.desk import actions, forms, names, queries
from arrears.desk.timeline import said_of
from arrears.desk.types import CasePage, RoundPage
from arrears.kernel import clock
from arrears.kernel.trouble import Trouble
from arrears.look.names import MOVEMENTS
from arrears.staff import actions as staff
from arrears.staff.models import Member
from arrears.strategy.types import CaseRow

CHARTS = {
    "buckets": gettext_lazy("Late accounts by bucket"),
    "money": gettext_lazy("Owed by bucket"),
    "rolls": gettext_lazy("Roll rates between buckets"),
}


@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """Name and password; then on to where the visitor was going."""
    form = forms.SignIn(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            member = staff.sign_in(now=clock.now(), **form.cleaned_data)
        except staff.UnableToSignIn:
            form.add_error(
                None, _("Name or password is wrong. After five wrong tries the sign-in rests for 15 minutes.")
            )
        else:
            login(request, member, backend="django.contrib.auth.backends.ModelBackend")
            return HttpResponseRedirect(_inside_address(request))
    return render(request, "desk/sign_in.html", {"form": form, "next": request.GET.get("next", "")})


def _inside_address(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe else resolve_url("desk:work_list")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("desk:sign_in")


def work_list(request: HttpRequest) -> HttpResponse:
    """Cases by priority, narrowed by what the address says."""
    page = queries.work_list(wanted=forms.read_wanted(request.GET), after=request.GET.get("after", ""))
    narrowed = request.GET.copy()
    narrowed.pop("after", None)
    shown = {
        "page": page,
        "names": names,
        "buckets": BUCKETS,
        "narrowed": narrowed.urlencode(),
        "place": "cases",
    }
    return render(request, "desk/work_list.html", shown)


def case(request: HttpRequest, ref: str) -> HttpResponse:
    """Everything about one account."""
    page = _case_page(request, ref)
    may_lift = actions.may_lift(_member(request))
    shown = {
        "page": page,
        "names": names,
        "movement_names": MOVEMENTS,
        "classes": CLASS_TITLES,
        "call_key": uuid.uuid4(),
        "may_lift": may_lift,
        "may_override": actions.may_override(_member(request)),
        "place": "cases",
    }
    return render(request, "desk/case.html", shown)


def _case_page(request: HttpRequest, ref: str) -> CasePage:
    try:
        return queries.case(
            ref,
            now=clock.now(),
            today=clock.today(),
            language=get_language() or "",
            shown=request.GET.get("show", ""),
            everything=request.GET.get("all") == "1",
        )
    except queries.NotKnown as trouble:
        raise Http404(str(trouble)) from trouble


def next_case(request: HttpRequest, ref: str) -> HttpResponse:
    """On to the next case of the work list; back to the list after the last."""
    following = queries.next_case(ref)
    return redirect("desk:case", ref=following) if following else redirect("desk:work_list")


def tell(request: HttpRequest, ref: str) -> HttpResponse:
    """Keep what a customer told us: fill in, read back, keep."""
    form = forms.Told(request.POST or None, initial={"key": uuid.uuid4(), "kind": request.GET.get("kind")})
    shown = {"form": form, "case": _line(ref), "kinds": forms.TOLD, "names": names, "place": "cases"}
    if request.method != "POST" or "change" in request.POST or not form.is_valid():
        return render(request, "desk/tell.html", shown)
    if "keep" not in request.POST:
        return render(request, "desk/tell_back.html", shown)
    actions.tell(
        key=str(form.cleaned_data["key"]),
        kind=form.fact_kind,
        account_ref=ref,
        payload=form.payload(),
        by=_member(request),
        now=clock.now(),
    )
    messages.success(request, _("Kept: %(what)s") % {"what": names.FACTS[form.fact_kind]})
    return redirect("desk:case", ref=ref)


def lift(request: HttpRequest, ref: str) -> HttpResponse:
    """Lift a hold, with a reason."""
    form, hold = forms.Reason(request.POST or None), _hold(ref, request.GET.get("hold", ""))
    if request.method == "POST" and form.is_valid():
        try:
            actions.lift(
                hold_key=hold.key,
                account_ref=ref,
                reason=form.cleaned_data["reason"],
                by=_member(request),
                now=clock.now(),
            )
        except actions.UnableToLift as trouble:
            form.add_error(None, str(trouble))
        else:
            messages.success(request, _("The hold is lifted."))
            return redirect("desk:case", ref=ref)
    said = said_of(hold, get_language() or "")
    return render(
        request,
        "desk/lift.html",
        {"form": form, "case": _line(ref), "hold": hold, "said": said, "names": names},
    )


@require_POST
def begin_call(request: HttpRequest, ref: str) -> HttpResponse:
    """Ask for leave to call; with it, on to what came of the call."""
    point = request.POST.get("point", "")
    try:
        leave = actions.begin_call(
            key=request.POST.get("key", "")[:64],
            account_ref=_line(ref).account_ref,
            point=point,
            by=_member(request),
            now=clock.now(),
            override_reason=request.POST.get("reason", "").strip()[: forms.MOST_REASON],
        )
    except actions.UnableToOverride as trouble:
        messages.error(request, str(trouble))
        return redirect("desk:case", ref=ref)
    if leave.cleared:
        return redirect(
            f"{resolve_url('desk:end_call', key=leave.key, ref=ref)}?{urlencode({'point': point})}"
        )
    messages.error(request, _("The gate did not clear this call; the reasons stand beside it."))
    return redirect("desk:case", ref=ref)


def end_call(request: HttpRequest, key: uuid.UUID, ref: str) -> HttpResponse:
    """What came of a call that was cleared."""
    form, point = forms.CallEnded(request.POST or None), request.GET.get("point", "")
    if request.method == "POST" and form.is_valid():
        try:
            actions.end_call(
                clearance_key=str(key), by=_member(request), now=clock.now(), **form.cleaned_data
            )
        except Trouble as trouble:
            form.add_error(None, str(trouble))
        else:
            messages.success(request, _("The call is kept."))
            return redirect("desk:case", ref=ref)
    shown = {"form": form, "case": _line(ref), "point": point, "place": "cases"}
    return render(request, "desk/call.html", shown)


def keep_inbound(request: HttpRequest, ref: str) -> HttpResponse:
    """The customer came to us: keep which way, and what came of it."""
    form, line = forms.CameToUs(request.POST or None, initial={"key": uuid.uuid4()}), _line(ref)
    if request.method == "POST" and form.is_valid():
        told = {**form.cleaned_data, "key": str(form.cleaned_data["key"])}
        actions.keep_inbound(account_ref=ref, by=_member(request), now=clock.now(), **told)
        messages.success(request, _("Kept: the customer came to us."))
        return redirect("desk:case", ref=ref)
    return render(request, "desk/came.html", {"form": form, "case": line, "place": "cases"})


def compliance(request: HttpRequest) -> HttpResponse:
    """How contact was kept within the law; for those who answer for it."""
    if not actions.may_override(_member(request)):
        raise PermissionDenied
    page = queries.compliance(forms.read_days(request.GET), clock.today())
    shown = {"page": page, "names": names, "periods": forms.PERIODS, "place": "compliance"}
    return render(request, "desk/compliance.html", {**shown, "weekdays": names.WEEKDAYS})


def _line(ref: str) -> CaseRow:
    line = queries.line_of(ref)
    if line is None:
        raise Http404(f"there is no account {ref}")
    return line


def _hold(ref: str, key: str) -> Fact:
    hold = queries.hold(ref, key)
    if hold is None:
        raise Http404("this hold no longer stands")
    return hold


def _member(request: HttpRequest) -> Member:
    return cast(Member, request.user)


def unmatched(request: HttpRequest) -> HttpResponse:
    """Money whose account is not known yet."""
    return render(request, "desk/unmatched.html", {"page": queries.unmatched(), "place": "money"})


def match(request: HttpRequest, ref: str) -> HttpResponse:
    """Match one sum by hand: choose the account, say why, confirm."""
    form = forms.Match(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.match(money_ref=ref, by=_member(request), now=clock.now(), **form.cleaned_data)
        except Trouble as trouble:
            form.add_error(None, str(trouble))
        else:
            account = form.cleaned_data["account"]
            messages.success(
                request, _("Matched to %(account)s; the account is reckoned again.") % {"account": account}
            )
            return redirect("desk:unmatched")
    page = queries.match(ref, search=request.GET.get("q", ""), account=request.GET.get("account", ""))
    if page is None:
        messages.success(request, _("This money is matched already."))
        return redirect("desk:unmatched")
    return render(request, "desk/match.html", {"page": page, "form": form, "place": "money"})


def rounds(request: HttpRequest) -> HttpResponse:
    """The latest round's report."""
    return _round(request, queries.round_page(None))


def round_of(request: HttpRequest, day: str) -> HttpResponse:
    """One day's report."""
    return _round(request, queries.round_page(_day(day)))


def rejects(request: HttpRequest, number: int) -> HttpResponse:
    """Rows a delivery set aside, with place and reason."""
    return render(request, "desk/rejects.html", {"rejects": queries.rejects(number), "place": "rounds"})


def _round(request: HttpRequest, page: RoundPage) -> HttpResponse:
    shown = {"page": page, "names": names, "place": "rounds"}
    return render(request, "desk/round.html", shown)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as trouble:
        raise Http404(f"{text} is not a day") from trouble


def overview(request: HttpRequest) -> HttpResponse:
    """The book at a glance."""
    shown = {"page": queries.overview(clock.today()), "names": names, "place": "overview"}
    return render(request, "desk/overview.html", {**shown, "charts": CHARTS, "buckets": BUCKETS})


def chart(request: HttpRequest, name: str) -> HttpResponse:
    """One picture of the book, for paper or for the dark, wide or narrow."""
    svg = queries.chart(
        name,
        today=clock.today(),
        language=get_language() or "",
        width=320 if "narrow" in request.GET else 600,
        dark="dark" in request.GET,
    )
    if svg is None:
        raise Http404
    return HttpResponse(svg, content_type="image/svg+xml")
