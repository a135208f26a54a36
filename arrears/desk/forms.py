"""What staff type in. Forms only read and check shapes; what may be done is the rooms' to say."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from arrears.care.types import ABOUTS
from arrears.casebook.types import HOLDS, FactKind
from arrears.desk import names
from arrears.kernel.hours import Hours, NotHours
from arrears.kernel.money import NotMoney, parse_cents
from arrears.rulebook.reasons import proposed_from, reasons
from arrears.strategy.types import Wanted

MOST_TEXT = 2000
MOST_REASON = 400

# What an agent may hear from a customer. Each says what follows from it.
TOLD = {
    FactKind.NOTE: _("Something worth knowing; nothing follows by itself."),
    FactKind.OBJECTION: _(
        "The customer objects to the debt or the amount. Collection stops while it is checked."
    ),
    FactKind.DISPUTE: _("A posting is disputed. Collection stops until it is settled."),
    FactKind.COMPLAINT: _("The customer complains about us. Collection stops until it is answered."),
    FactKind.HARDSHIP: _("The customer cannot pay for now. Collection stops; look for an arrangement."),
    FactKind.DECEASED: _("The customer has died. Nobody is asked for the debt but the estate."),
    FactKind.BANKRUPT: _("Insolvency proceedings were opened. Collection stops."),
    FactKind.LITIGATION: _("The case is before a court. Collection stops."),
    FactKind.CEASE_REQUEST: _("The customer asks us to stop contact altogether."),
    FactKind.OPTED_OUT: _("The customer does not want this channel. Say which one."),
    FactKind.ASKED_HOURS: _("The customer asks to be reached only at these hours. Say from when until when."),
}
CHANNELS = [
    ("", "\N{EM DASH}"),
    *((key, names.CHANNELS[key]) for key in ("sms", "email", "call", "letter")),
]
CALL_OUTCOMES = (
    "conversation",
    "promise_to_pay",
    "no_answer",
    "busy",
    "voicemail",
    "wrong_person",
    "not_in_service",
)

CAME_BY = ("call", "visit", "chat", "wechat", "email", "sms", "letter")
CAME_OUTCOMES = ("conversation", "promise_to_pay", "wrong_person")
PERIODS = (7, 30, 90)  # days the compliance page counts


def _abouts() -> list[tuple[str, Any]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for each in ABOUTS.values():
        group = str(names.MATTER_KINDS[each.kind])
        groups.setdefault(group, []).append((each.code, each.words.said_in(get_language() or "")))
    return [("", "\N{EM DASH}"), *groups.items()]


def _reasons() -> list[tuple[str, Any]]:
    named = [(code, reason.title.words().said_in(get_language() or "")) for code, reason in reasons().items()]
    return [("", _("not said")), *named]


class SignIn(forms.Form):
    """Name and password."""

    username = forms.CharField(
        label=_("Name"),
        max_length=150,
        widget=forms.TextInput({"autocomplete": "username", "autocapitalize": "none", "autofocus": True}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=4096,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )


def read_wanted(query: Any) -> Wanted:
    """The work list's filters as the address says them; what makes no sense narrows nothing."""
    held = {"yes": True, "no": False}.get(query.get("held", ""))
    return Wanted(
        search=query.get("q", "").strip()[:100].replace("\x00", ""),
        bucket=query.get("bucket", "")[:4],
        step=query.get("step", "")[:48],
        held=held,
    )


def _are_hours(text: str) -> bool:
    try:
        Hours.read(text)
    except NotHours:
        return False
    return True


class Told(forms.Form):
    """A fact the customer told us."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label=_("What was said"),
        choices=[(str(kind), names.FACTS[kind]) for kind in TOLD],
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label=_("In the customer's words, or yours"),
        max_length=MOST_TEXT,
        required=False,
        widget=forms.Textarea({"rows": 4}),
    )
    channel = forms.ChoiceField(label=_("Channel"), choices=CHANNELS, required=False)
    hours_from = forms.CharField(
        label=_("From"), max_length=5, required=False, widget=forms.TextInput({"placeholder": "14:00"})
    )
    hours_to = forms.CharField(
        label=_("Until"), max_length=5, required=False, widget=forms.TextInput({"placeholder": "20:00"})
    )

    def clean(self) -> dict[str, Any]:
        """What each kind needs is there."""
        told = super().clean() or {}
        kind = told.get("kind")
        if kind == FactKind.NOTE and not told.get("text"):
            self.add_error("text", _("A note needs its text."))
        if kind == FactKind.OPTED_OUT and not told.get("channel"):
            self.add_error("channel", _("Say which channel."))
        if kind == FactKind.ASKED_HOURS and not _are_hours(
            f"{told.get('hours_from')}-{told.get('hours_to')}"
        ):
            self.add_error("hours_from", _("Say from when until when, like 14:00 and 20:00."))
        return told

    @property
    def fact_kind(self) -> FactKind:
        """The kind, once clean."""
        return FactKind(self.cleaned_data["kind"])

    @property
    def stops_contact(self) -> bool:
        """Whether collection stops because of it."""
        return self.fact_kind in HOLDS

    def payload(self) -> dict[str, str]:
        """What the fact keeps: nothing that was not said."""
        told, kind = self.cleaned_data, self.fact_kind
        kept = {"text": told["text"]} if told["text"] else {}
        if kind == FactKind.OPTED_OUT:
            kept["channel"] = told["channel"]
        if kind == FactKind.ASKED_HOURS:
            kept["hours"] = f"{told['hours_from']}-{told['hours_to']}"
        return kept


class Heard(forms.Form):
    """Why the customer pays late, where they said so; read from the text, if not chosen."""

    lateness = forms.ChoiceField(label=_("Why late, if they said so"), required=False, choices=_reasons)

    def clean(self) -> dict[str, Any]:
        """A reason the text speaks of is proposed once; whoever keeps it may leave it out."""
        told = super().clean() or {}
        proposed = proposed_from(told.get("text", ""))
        if proposed and not told.get("lateness") and "proposed" not in self.data:
            self.data = {**self.data.dict(), "lateness": proposed}  # type: ignore[attr-defined]
            self.proposed = proposed
            self.add_error("lateness", _("The text speaks of this reason. Is it right?"))
        return told

    proposed = ""  # a reason was proposed: shown once


class CallEnded(Heard):
    """What came of a call."""

    outcome = forms.ChoiceField(
        label=_("What came of it?"),
        choices=[(outcome, names.OUTCOMES[outcome]) for outcome in CALL_OUTCOMES],
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label=_("Worth knowing"), max_length=MOST_TEXT, required=False, widget=forms.Textarea({"rows": 4})
    )


class CameToUs(Heard):
    """The customer came to us: which way, and what came of it."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    channel = forms.ChoiceField(
        label=_("How?"),
        choices=[(channel, names.CHANNELS[channel]) for channel in CAME_BY],
        widget=forms.RadioSelect,
        initial="call",
    )
    outcome = forms.ChoiceField(
        label=_("What came of it?"),
        choices=[(outcome, names.OUTCOMES[outcome]) for outcome in CAME_OUTCOMES],
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label=_("Worth knowing"), max_length=MOST_TEXT, required=False, widget=forms.Textarea({"rows": 4})
    )


class RaiseMatter(forms.Form):
    """What a customer raised, written down for them."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    about = forms.ChoiceField(label=_("What is it about?"), choices=_abouts)
    text = forms.CharField(
        label=_("In the customer's words"), max_length=MOST_TEXT, widget=forms.Textarea({"rows": 4})
    )
    about_contact = forms.ChoiceField(label=_("About which contact?"), required=False)
    consent = forms.BooleanField(
        label=_("The customer agrees that this about their life is kept."), required=False
    )

    def __init__(self, *args: Any, contacts: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["about_contact"].choices = [("", "\N{EM DASH}"), *contacts]  # type: ignore[attr-defined]


class Extend(forms.Form):
    """Why an answer takes longer."""

    reason = forms.CharField(label=_("Why it takes longer, as the customer will read it"), max_length=500)


class Say(forms.Form):
    """A word on a matter."""

    text = forms.CharField(
        label=_("What was done or found"), max_length=MOST_TEXT, widget=forms.Textarea({"rows": 2})
    )


class Answer(forms.Form):
    """The answer, as the customer will read it."""

    outcome = forms.ChoiceField(label=_("What did we find?"), widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("The answer, as the customer will read it"),
        max_length=4000,
        widget=forms.Textarea({"rows": 4}),
    )
    correction = forms.CharField(
        label=_("Give back, if we were wrong"),
        max_length=20,
        required=False,
        widget=forms.TextInput({"inputmode": "decimal"}),
    )

    def __init__(self, *args: Any, outcomes: Sequence[tuple[str, Any]], currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency
        self.fields["outcome"].choices = list(outcomes)  # type: ignore[attr-defined]

    def clean_correction(self) -> int:
        """Cents; nothing where nothing is given back."""
        told = self.cleaned_data["correction"].strip()
        if not told:
            return 0
        try:
            cents = parse_cents(told.lstrip("¥￥"), currency=self.currency)
        except NotMoney:
            cents = 0
        if cents <= 0:
            raise forms.ValidationError(_("Please write an amount, like 500.00."))
        return cents


def read_days(query: Any) -> int:
    """Over how many days the compliance page counts; a week unless one of the others is asked for."""
    asked = query.get("days", "")
    return int(asked) if asked in {str(days) for days in PERIODS} else PERIODS[0]


class Match(forms.Form):
    """Whose money it is, and how we know."""

    account = forms.CharField(max_length=64, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("How do we know?"),
        help_text=_("For instance: the payer called and gave the amount and the day."),
        max_length=500,
        widget=forms.Textarea({"rows": 3}),
    )


class Cash(forms.Form):
    """Cash handed over at a branch."""

    receipt = forms.RegexField(
        r"[A-Za-z0-9-]{4,40}", label=_("Number of the receipt"), help_text=_("Letters, digits and -.")
    )
    amount = forms.CharField(
        label=_("Amount"),
        max_length=20,
        widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}),
    )
    payer = forms.CharField(label=_("Who brought it"), max_length=100, required=False)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency

    def clean_amount(self) -> int:
        """Cents, more than none."""
        told = self.cleaned_data["amount"].strip().lstrip("¥￥")
        try:
            cents = parse_cents(told, currency=self.currency)
        except NotMoney:
            cents = 0
        if cents <= 0:
            raise forms.ValidationError(_("Please write an amount, like 500.00."))
        return cents


class Reason(forms.Form):
    """Why something is done by hand."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea({"rows": 3}))
