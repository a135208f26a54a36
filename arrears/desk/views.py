"""Requests in, pages out. Each view asks one question or does one thing."""

import uuid
from collections.abc import Sequence
from datetime import date
from typing import cast
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth import login, logout
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from arrears.care import actions as care
from arrears.care import queries as care_queries
from arrears.casebook.types import Fact
from arrears.delinquency.types import BUCKETS, CLASS_TITLES
from arrears.desk import actions, forms, names, queries
from arrears.desk.timeline import said_of
from arrears.desk.types import CasePage, RoundPage
from arrears.kernel import clock
from arrears.kernel.trouble import Trouble
from arrears.look.names import MOVEMENTS
from arrears.look.templatetags.look import moment, said
from arrears.speech.types import Finding
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


def words(request: HttpRequest) -> HttpResponse:
    """For supervisors: agents' words that want a second look."""
    if not actions.may_override(_member(request)):
        raise PermissionDenied
    return render(request, "desk/words.html", {"page": queries.words_to_look_at(), "place": "compliance"})


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
    found = actions.tell(
        key=str(form.cleaned_data["key"]),
        kind=form.fact_kind,
        account_ref=ref,
        payload=form.payload(),
        by=_member(request),
        now=clock.now(),
    )
    messages.success(request, _("Kept: %(what)s") % {"what": names.FACTS[form.fact_kind]})
    return _to_case(request, ref, found)


def _to_case(request: HttpRequest, ref: str, found: Sequence[Finding]) -> HttpResponse:
    """Back to the case; where the guard found words to look at again, to where it shows them."""
    if not found:
        return redirect("desk:case", ref=ref)
    messages.warning(
        request, _("Some of these words want a second look; a better sentence stands beside them.")
    )
    return redirect(f"{resolve_url('desk:case', ref=ref)}#words")


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
            form.add_error(None, said(trouble))
        else:
            messages.success(request, _("The hold is lifted."))
            return redirect("desk:case", ref=ref)
    hold_says = said_of(hold, get_language() or "")
    return render(
        request,
        "desk/lift.html",
        {"form": form, "case": _line(ref), "hold": hold, "said": hold_says, "names": names},
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
        messages.error(request, said(trouble))
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
            found = actions.end_call(
                clearance_key=str(key), by=_member(request), now=clock.now(), **form.cleaned_data
            )
        except Trouble as trouble:
            form.add_error(None, said(trouble))
        else:
            messages.success(request, _("The call is kept."))
            return _to_case(request, ref, found)
    shown = {"form": form, "case": _line(ref), "point": point, "place": "cases"}
    return render(request, "desk/call.html", shown)


def keep_inbound(request: HttpRequest, ref: str) -> HttpResponse:
    """The customer came to us: keep which way, and what came of it."""
    form, line = forms.CameToUs(request.POST or None, initial={"key": uuid.uuid4()}), _line(ref)
    if request.method == "POST" and form.is_valid():
        told = {**form.cleaned_data, "key": str(form.cleaned_data["key"])}
        found = actions.keep_inbound(account_ref=ref, by=_member(request), now=clock.now(), **told)
        messages.success(request, _("Kept: the customer came to us."))
        return _to_case(request, ref, found)
    return render(request, "desk/came.html", {"form": form, "case": line, "place": "cases"})


def matters(request: HttpRequest) -> HttpResponse:
    """What customers raised and who waits for an answer, the most pressing first."""
    shown = {"page": queries.matters(clock.today()), "names": names, "place": "matters"}
    return render(request, "desk/matters.html", shown)


def raise_matter(request: HttpRequest, ref: str) -> HttpResponse:
    """Write down what a customer raised."""
    line, contacts = _line(ref), [(fact.key, _told_of(fact)) for fact in queries.contacts_with(ref)]
    form = forms.RaiseMatter(request.POST or None, contacts=contacts, initial={"key": uuid.uuid4()})
    if request.method == "POST" and form.is_valid():
        try:
            raised = actions.raise_matter(
                account_ref=ref, told=form.cleaned_data, by=_member(request), now=clock.now()
            )
        except Trouble as trouble:
            form.add_error(None, said(trouble))
        else:
            return redirect("desk:matter", ref=raised)
    return render(request, "desk/raise.html", {"form": form, "case": line, "place": "cases"})


def _told_of(fact: Fact) -> str:
    channel = names.CHANNELS.get(str(fact.payload.get("channel", "")), "")
    return f"{moment(fact.happened_at)} · {channel} · {fact.recorded_by}"


def matter(request: HttpRequest, ref: str) -> HttpResponse:
    """One matter: what was said, the papers, the clock; look after it, extend, answer."""
    try:
        page = queries.matter(ref, clock.today())
    except care_queries.NotKnown as trouble:
        raise Http404(str(trouble)) from trouble
    doing = request.POST.get("do", "")
    outcomes = [(str(end), names.MATTER_ENDS[end]) for end in page.ends]
    answer = forms.Answer(
        request.POST if doing == "answer" else None, outcomes=outcomes, currency=page.currency
    )
    extend = forms.Extend(request.POST if doing == "extend" else None, auto_id="extend_%s")
    say = forms.Say(request.POST if doing == "say" else None, auto_id="say_%s")
    if request.method == "POST" and _do_with_matter(request, ref, doing, answer, extend, say):
        return redirect("desk:matter", ref=ref)
    shown = {"page": page, "names": names, "answer": answer, "extend": extend, "say": say}
    return render(request, "desk/matter.html", {**shown, "place": "matters"})


def _do_with_matter(
    request: HttpRequest, ref: str, doing: str, answer: forms.Answer, extend: forms.Extend, say: forms.Say
) -> bool:
    """Whether it was done; otherwise the form that was sent says what is missing."""
    by, now = _member(request), clock.now()
    sent = {"answer": answer, "extend": extend, "say": say}.get(doing)
    if sent is not None and not sent.is_valid():
        return False
    found: list[Finding] = []
    try:
        if doing == "take":
            care.take(ref=ref, by=by.username, now=now)
        elif doing == "say":
            found = care.say(ref=ref, text=say.cleaned_data["text"], by=by.username, now=now)
        elif doing == "extend":
            care.extend(ref=ref, reason=extend.cleaned_data["reason"], by=by.username, now=now)
        elif doing == "answer":
            told = answer.cleaned_data
            found = actions.answer_matter(
                ref=ref,
                outcome=told["outcome"],
                text=told["text"],
                correction_cents=told["correction"],
                by=by,
                now=now,
            )
    except Trouble as trouble:
        messages.error(request, said(trouble))
        return sent is None
    for finding in found:
        messages.warning(request, said(finding.in_words()))
    return True


@require_POST
def tell_bureau(request: HttpRequest, ref: str, what: str) -> HttpResponse:
    """Somebody told the credit bureau."""
    care.tell_bureau(ref=ref, what=what, by=_member(request).username, now=clock.now())
    return redirect("desk:matters")


def paper(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """A file a customer sent: handed over to be saved, never shown inside our pages."""
    try:
        kept, _matter, place = care_queries.paper(str(key))
    except care_queries.NotKnown as trouble:
        raise Http404(str(trouble)) from trouble
    answer = FileResponse(place.open("rb"), as_attachment=True, filename=kept.name)
    answer["Content-Type"] = kept.media_type
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer  # type: ignore[return-value]


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
    may_pay_back = actions.may_decide_on_money(_member(request))
    shown = {"page": queries.unmatched(), "may_pay_back": may_pay_back, "place": "money"}
    return render(request, "desk/unmatched.html", shown)


def match(request: HttpRequest, ref: str) -> HttpResponse:
    """Match one sum by hand: choose the account, say why, confirm."""
    form = forms.Match(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.match(money_ref=ref, by=_member(request), now=clock.now(), **form.cleaned_data)
        except Trouble as trouble:
            form.add_error(None, said(trouble))
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


@require_POST
def accept(request: HttpRequest, ref: str) -> HttpResponse:
    """Take a proposal as it stands: its reasons are kept with the match."""
    account = request.POST.get("account", "")
    page = queries.match(ref, search="", account="")
    proposal = next((each for each in page.proposals if each.account == account), None) if page else None
    if proposal is None:
        messages.error(request, _("This proposal no longer stands; look again."))
        return redirect("desk:unmatched")
    language = get_language() or ""
    try:
        actions.match(
            money_ref=ref,
            account=account,
            reason=proposal.because.said_in(language),
            by=_member(request),
            now=clock.now(),
        )
    except Trouble as trouble:
        messages.error(request, said(trouble))
    else:
        messages.success(
            request, _("Matched to %(account)s; the account is reckoned again.") % {"account": account}
        )
    return redirect("desk:unmatched")


@require_POST
def one_money(request: HttpRequest, ref: str) -> HttpResponse:
    """Two tellings were one payment: the second counts no more."""
    try:
        actions.say_one_money(
            money_ref=ref, as_ref=request.POST.get("as", ""), by=_member(request), now=clock.now()
        )
    except Trouble as trouble:
        messages.error(request, said(trouble))
    else:
        messages.success(request, _("They count once now; the account is reckoned again."))
    return redirect("desk:unmatched")


def statements(request: HttpRequest) -> HttpResponse:
    """Bank statements taken in."""
    return render(request, "desk/statements.html", {"statements": queries.statements(), "place": "money"})


def in_doubt(request: HttpRequest) -> HttpResponse:
    """Statements that do not add up, and accounts that stand aside for rows that were set aside."""
    may_decide = actions.may_decide_on_money(_member(request))
    shown = {"page": queries.in_doubt(), "may_decide": may_decide, "place": "money"}
    return render(request, "desk/in_doubt.html", shown)


@require_POST
def settle_doubt(request: HttpRequest, ref: str) -> HttpResponse:
    """A team leader has looked: the account may stand without the rows that were set aside."""
    form = forms.Reason(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        actions.settle_doubt(account_ref=ref, reason=reason, by=_member(request), now=clock.now())
    except Trouble as trouble:
        messages.error(request, said(trouble))
    else:
        messages.success(
            request, _("%(account)s no longer stands aside; your reason is kept.") % {"account": ref}
        )
    return redirect("desk:in_doubt")


def statement(request: HttpRequest, number: int) -> HttpResponse:
    """One bank statement with its entries; a team leader may book a flagged one, with a reason."""
    form, may_book = forms.Reason(request.POST or None), actions.may_decide_on_money(_member(request))
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            actions.book_statement(number=number, reason=reason, by=_member(request), now=clock.now())
        except Trouble as trouble:
            form.add_error(None, said(trouble))
        else:
            messages.success(request, _("The statement is booked; your reason is kept with it."))
            return redirect("desk:statement", number=number)
    page = queries.statement(number)
    if page is None:
        raise Http404(f"there is no statement {number}")
    shown = {"page": page, "place": "money", "form": form, "may_book": may_book}
    return render(request, "desk/statement.html", shown)


def cash(request: HttpRequest, ref: str) -> HttpResponse:
    """Cash at a branch: one payment by its receipt's number; on to the receipt."""
    line = _line(ref)
    form = forms.Cash(request.POST or None, currency=line.currency)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            actions.take_cash(
                receipt=told["receipt"],
                account=line.account_ref,
                cents=told["amount"],
                payer=told["payer"],
                on=clock.today(),
                by=_member(request),
                now=clock.now(),
            )
        except Trouble as trouble:
            form.add_error(None, said(trouble))
        else:
            return redirect("desk:receipt", number=told["receipt"])
    return render(request, "desk/cash.html", {"form": form, "case": line, "place": "cases"})


def receipt(request: HttpRequest, number: str) -> HttpResponse:
    """The receipt of cash taken, for paper."""
    found = queries.cash_taken(number)
    if found is None:
        raise Http404(f"there is no receipt {number}")
    notice, account_ref = found
    shown = {"money": notice, "number": number, "case": _line(account_ref), "place": "money"}
    return render(request, "desk/receipt.html", shown)


@require_POST
def offer_back(request: HttpRequest, ref: str) -> HttpResponse:
    """Write to the customer that the credit is theirs."""
    try:
        actions.offer_back(account_ref=_line(ref).account_ref, on=clock.today(), now=clock.now())
    except Trouble as trouble:
        messages.error(request, said(trouble))
    else:
        messages.success(request, _("The offer is written and leaves at a lawful hour."))
    return redirect("desk:unmatched")


@require_POST
def pay_back(request: HttpRequest, ref: str) -> HttpResponse:
    """Record what was paid out of a credit, by the bank's reference."""
    line = _line(ref)
    form = forms.Cash(request.POST, currency=line.currency)
    if not form.is_valid():
        messages.error(request, _("Please write an amount and the bank's reference."))
        return redirect("desk:unmatched")
    told = form.cleaned_data
    try:
        actions.pay_back(
            account_ref=ref,
            cents=told["amount"],
            reference=told["receipt"],
            on=clock.today(),
            by=_member(request),
            now=clock.now(),
        )
    except Trouble as trouble:
        messages.error(request, said(trouble))
    else:
        messages.success(request, _("Kept: paid back; the account is reckoned again."))
    return redirect("desk:unmatched")


def debits(request: HttpRequest) -> HttpResponse:
    """Direct debits and what became of them; a team leader says where it may be tried again."""
    shown = {"debits": queries.debits(), "may_release": actions.may_decide_on_money(_member(request))}
    return render(request, "desk/debits.html", {**shown, "place": "money", "states": names.DEBITS})


@require_POST
def release_debit(request: HttpRequest, name: str) -> HttpResponse:
    """Say that an account may be debited again."""
    reason = request.POST.get("reason", "").strip()[: forms.MOST_REASON]
    try:
        actions.release_debit(end_to_end=name, reason=reason, by=_member(request), now=clock.now())
    except Trouble as trouble:
        messages.error(request, said(trouble))
    else:
        messages.success(request, _("The account may be debited again."))
    return redirect("desk:debits")


def notice(request: HttpRequest, number: int) -> HttpResponse:
    """A wallet's notice that was not believed, as it came; for those who answer for it."""
    if not actions.may_override(_member(request)):
        raise PermissionDenied
    page = queries.notice_refused(number)
    if page is None:
        raise Http404(f"there is no refused notice {number}")
    return render(request, "desk/notice.html", {"page": page, "place": "money"})


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
