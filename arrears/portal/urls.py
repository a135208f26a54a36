"""Addresses of the portal. None of them contains an account or a customer."""

from django.urls import path

from arrears.portal import agreeing_views as agreeing
from arrears.portal import paying_views as paying
from arrears.portal import views

app_name = "portal"

urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-in/code/", views.code, name="code"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("why/<int:number>/", views.why, name="why"),
    path("history/", views.history, name="history"),
    path("pay/", views.pay, name="pay"),
    path("pay/orders/", paying.open_order, name="open_order"),
    path("pay/orders/<str:number>/", paying.order, name="order"),
    path("time/", agreeing.more_time, name="more_time"),
    path("time/promise/", agreeing.promise, name="promise"),
    path("time/extension/", agreeing.put_off, name="put_off"),
    path("parts/", agreeing.in_parts, name="in_parts"),
    path("parts/plans/", agreeing.plans, name="plans"),
    path("parts/length/", agreeing.length, name="length"),
    path("parts/choose/", agreeing.choose, name="choose"),
    path("quotations/<str:key>/", agreeing.quotation, name="quotation"),
    path("quotations/<str:key>/agree/", agreeing.agree, name="agree"),
    path("agreements/", agreeing.mine, name="agreements"),
    path("agreements/<str:key>/", agreeing.agreement, name="agreement"),
    path("agreements/<str:key>/document.json", agreeing.document, name="document"),
    path("talk/", views.talk, name="talk"),
    path("talk/<str:group>/", views.raise_matter, name="raise"),
    path("matters/", views.matters, name="matters"),
    path("matters/<str:ref>/", views.add_papers, name="add_papers"),
    path("contacts/", views.contacts, name="contacts"),
    path("wishes/", views.wishes, name="wishes"),
]
