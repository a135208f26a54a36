"""What a customer types in."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from arrears.casebook.types import FactKind
from arrears.kernel.money import NotMoney, parse_cents

# What a customer may want to tell us, with what follows from it.
MATTERS = {
    FactKind.HARDSHIP: (
        _("I cannot pay at present"),
        _(
            "Illness, no work, trouble at home: tell us. "
            "We stop pressing and look with you for something you can keep to."
        ),
    ),
    FactKind.OBJECTION: (
        _("Something is not right"),
        _("The amount, a posting, or it is not mine. We stop pressing while we check, and answer you."),
    ),
    FactKind.DECEASED: (
        _("The card holder has died"),
        _("We are sorry. We stop contacting the family about payment at once."),
    ),
    FactKind.COMPLAINT: (
        _("I want to complain about how I was treated"),
        _("Somebody who was not involved looks into it and answers you."),
    ),
}
CHANNELS = [("sms", _("SMS")), ("email", _("E-mail"))]
CLOCKS = [(f"{hour:02}:00", f"{hour:02}:00") for hour in range(8, 23)]


class WhoAreYou(forms.Form):
    """Any of the ways we know a customer by."""

    typed = forms.CharField(
        label=_("Mobile number, e-mail or customer number"),
        help_text=_("One that your bank knows."),
        max_length=120,
        widget=forms.TextInput({"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )


class Code(forms.Form):
    """The six digits."""

    code = forms.CharField(
        label=_("The six digits"),
        max_length=12,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "one-time-code", "autofocus": True}),
    )


class Matter(forms.Form):
    """Something the customer tells us."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label=_("What is it about?"),
        choices=[(str(kind), words[0]) for kind, words in MATTERS.items()],
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label=_("In your own words"),
        help_text=_("As much or as little as you like."),
        max_length=4000,
        required=False,
        widget=forms.Textarea({"rows": 5}),
    )
    evidence = forms.CharField(
        label=_("What shows it, if anything"),
        help_text=_("A receipt number, a date, a name. Keep the papers; we ask for them if we need them."),
        max_length=1000,
        required=False,
        widget=forms.Textarea({"rows": 2}),
    )

    @property
    def fact_kind(self) -> FactKind:
        """The kind, once clean."""
        return FactKind(self.cleaned_data["kind"])

    def payload(self) -> dict[str, str]:
        """What is kept: nothing that was not said."""
        return {key: self.cleaned_data[key] for key in ("text", "evidence") if self.cleaned_data[key]}


class WhatIf(forms.Form):
    """A payment one thinks about: how much, and when."""

    card = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    amount = forms.CharField(
        label=_("If I pay"),
        max_length=20,
        widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}),
    )
    on = forms.DateField(label=_("on"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, *args: Any, today: date, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.currency = today, currency

    def clean_amount(self) -> int:
        """Cents, above zero."""
        try:
            cents = parse_cents(self.cleaned_data["amount"].lstrip("¥￥"), currency=self.currency)
        except NotMoney:
            cents = 0
        if cents <= 0:
            raise forms.ValidationError(_("Please write an amount, like 500.00."))
        return cents

    def clean_on(self) -> date:
        """A day from today on, within a year."""
        day: date = self.cleaned_data["on"]
        if not self.today <= day <= self.today + timedelta(days=366):
            raise forms.ValidationError(_("Please choose a day from today on, within a year."))
        return day


class Hours(forms.Form):
    """When the customer can be reached."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    hours_from = forms.ChoiceField(label=_("From"), choices=CLOCKS, initial="09:00")
    hours_to = forms.ChoiceField(label=_("Until"), choices=CLOCKS, initial="20:00")

    def clean(self) -> dict[str, Any]:
        """The end lies behind the beginning."""
        told = super().clean() or {}
        if told.get("hours_from", "") >= told.get("hours_to", "~"):
            self.add_error("hours_to", _("The end has to lie behind the beginning."))
        return told

    def payload(self) -> dict[str, str]:
        """What the fact keeps."""
        return {"hours": f"{self.cleaned_data['hours_from']}-{self.cleaned_data['hours_to']}"}


class NotThisWay(forms.Form):
    """A channel the customer does not want."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    channel = forms.ChoiceField(choices=CHANNELS)

    def payload(self) -> dict[str, str]:
        """What the fact keeps."""
        return {"channel": self.cleaned_data["channel"]}
