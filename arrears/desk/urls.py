"""Addresses of the desk. Every page but the sign-in wants a signed-in member of staff."""

from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.http import HttpResponseBase
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache

from arrears.desk import views
from arrears.desk.agreeing import views as agreeing

app_name = "desk"


def inside(route: str, view: Callable[..., HttpResponseBase], name: str) -> URLPattern:
    """A page for staff alone, kept by no cache."""
    return path(route, never_cache(login_required(view)), name=name)


urlpatterns = [
    path("sign-in/", views.sign_in, name="sign_in"),
    inside("sign-out/", views.sign_out, "sign_out"),
    inside("", views.overview, "overview"),
    inside("cases/", views.work_list, "work_list"),
    inside("cases/<path:ref>", views.case, "case"),
    inside("next/<path:ref>", views.next_case, "next_case"),
    inside("tell/<path:ref>", views.tell, "tell"),
    inside("lift/<path:ref>", views.lift, "lift"),
    inside("call/<path:ref>", views.begin_call, "begin_call"),
    inside("call-ended/<uuid:key>/<path:ref>", views.end_call, "end_call"),
    inside("came/<path:ref>", views.keep_inbound, "keep_inbound"),
    inside("promise/<path:ref>", agreeing.take_promise, "promise"),
    inside("promise-back/<path:ref>", agreeing.take_back_promise, "take_back_promise"),
    inside("offer/<path:ref>", agreeing.offer_plan, "offer"),
    inside("quotations/<str:key>/", agreeing.quotation, "quotation"),
    inside("agreements/", agreeing.agreements, "agreements"),
    inside("agreements/<str:key>/", agreeing.agreement, "agreement"),
    inside("matters/", views.matters, "matters"),
    inside("matters/<str:ref>/", views.matter, "matter"),
    inside("matters/<str:ref>/bureau/<str:what>/", views.tell_bureau, "tell_bureau"),
    inside("raise/<path:ref>", views.raise_matter, "raise_matter"),
    inside("papers/<uuid:key>/", views.paper, "paper"),
    inside("compliance/", views.compliance, "compliance"),
    inside("charts/<str:name>.svg", views.chart, "chart"),
    inside("money/", views.unmatched, "unmatched"),
    inside("statements/", views.statements, "statements"),
    inside("doubts/", views.in_doubt, "in_doubt"),
    inside("doubts/<path:ref>", views.settle_doubt, "settle_doubt"),
    inside("statements/<int:number>/", views.statement, "statement"),
    inside("cash/<path:ref>", views.cash, "cash"),
    inside("offer-back/<path:ref>", views.offer_back, "offer_back"),
    inside("paid-back/<path:ref>", views.pay_back, "pay_back"),
    inside("receipts/<str:number>/", views.receipt, "receipt"),
    inside("debits/", views.debits, "debits"),
    inside("debits/<str:name>/again/", views.release_debit, "release_debit"),
    inside("notices/<int:number>/", views.notice, "notice"),
    inside("accept/<path:ref>", views.accept, "accept"),
    inside("one-money/<path:ref>", views.one_money, "one_money"),
    inside("money/<path:ref>", views.match, "match"),
    inside("words/", views.words, "words"),
    inside("rounds/", views.rounds, "rounds"),
    inside("rejects/<int:number>/", views.rejects, "rejects"),
    inside("rounds/<str:day>/", views.round_of, "round"),
]
