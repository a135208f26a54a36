"""What a customer types in."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from arrears.arrangements.types import IN_PARTS
from arrears.care.actions import MOST_BYTES, UnableToKeepPaper, check_paper
from arrears.care.types import ABOUTS, SUPPORTS, MatterKind
from arrears.kernel.money import NotMoney, parse_cents
from arrears.look.say import day_text
from arrears.rulebook.arrangements import MOST_MONTHS
from arrears.rulebook.reasons import reasons

# What a customer may want to tell us, with what follows from it; then what exactly it is about.
MATTERS = {
    "wrong": (
        _("Something is not right"),
        _("The amount, a posting, or it is not mine. We stop pressing while we check, and answer you."),
        (MatterKind.OBJECTION, MatterKind.DISPUTE, MatterKind.CREDIT_DATA),
    ),
    "life": (
        _("My life has changed"),
        _(
            "Illness, no work, trouble at home: tell us. "
            "We stop pressing and look with you for something you can keep to."
        ),
        (MatterKind.NEED,),
    ),
    "complaint": (
        _("I want to complain about how I was treated"),
        _("Somebody who was not involved looks into it and answers you."),
        (MatterKind.COMPLAINT,),
    ),
    "died": (
        _("The card holder has died"),
        _("We are sorry. We stop contacting the family about payment at once."),
        (),
    ),
}
MOST_FILES = 5
CHANNELS = [("sms", _("SMS")), ("email", _("E-mail"))]
CLOCKS = [(f"{hour:02}:00", f"{hour:02}:00") for hour in range(8, 23)]


class ManyFiles(forms.FileInput):
    """A chooser of several files."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """All of them."""
        return files.getlist(name) if hasattr(files, "getlist") else files.get(name)


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


class Files(forms.FileField):
    """Several photos or PDFs, each checked by its content before anything is kept."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[tuple[str, bytes]]:
        """(name, content) of each."""
        given = [file for file in (data or []) if file]
        if len(given) > MOST_FILES:
            raise forms.ValidationError(_("Please send five files at most at a time."))
        return [(file.name, _checked(file)) for file in given]


def _checked(file: Any) -> bytes:
    content: bytes = file.read(MOST_BYTES + 1)
    try:
        check_paper(content)
    except UnableToKeepPaper as trouble:
        raise forms.ValidationError(
            _("%(name)s cannot be taken. %(why)s"),
            params={"name": file.name, "why": trouble.said_in(get_language() or "")},
        ) from trouble
    return content


class Matter(forms.Form):
    """Something the customer raises: what about, in their words, with what shows it."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    about = forms.ChoiceField(label=_("What is it about?"), widget=forms.RadioSelect, required=False)
    text = forms.CharField(
        label=_("In your own words"),
        help_text=_("As much or as little as you like."),
        max_length=4000,
        required=False,
        widget=forms.Textarea({"rows": 5}),
    )
    supports = forms.MultipleChoiceField(
        label=_("What would help you?"), widget=forms.CheckboxSelectMultiple, required=False
    )
    papers = Files(
        label=_("What shows it, if anything"),
        help_text=_("Photos or PDFs of receipts, letters, certificates; five at most, 10 MB each."),
        required=False,
    )
    consent = forms.BooleanField(
        label=_("You may keep this about my life, to treat me fairly and for nothing else."),
        required=False,
    )

    def __init__(self, *args: Any, group: str, language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = MATTERS[group][2]
        choices = [
            (each.code, each.words.said_in(language)) for each in ABOUTS.values() if each.kind in kinds
        ]
        self.fields["about"].choices = choices  # type: ignore[attr-defined]
        self.fields["about"].required = bool(choices)
        if MatterKind.NEED in kinds:
            self.fields["supports"].choices = [  # type: ignore[attr-defined]
                (code, words.said_in(language)) for code, words in SUPPORTS.items()
            ]
            self.fields["consent"].required = True
        else:
            del self.fields["supports"], self.fields["consent"]


class MorePapers(forms.Form):
    """Files for a matter that is open already."""

    papers = Files(label=_("Add photos or PDFs"))


WAYS = {
    "promise": (_("I pay on that day"), _("A promise: nothing to sign, and we do not press you until then.")),
    "extension": (
        _("Move the due date to that day"),
        _("A signed agreement about what is due now; nobody collects until then."),
    ),
}
# Of the house's reasons, those a plan in parts may be asked for.
REASONS = ("short_of_money", "lost_job", "ill", "bereaved", "disaster", "other")


class Cents(forms.CharField):
    """An amount as people write it, in minor units; None where it is left out."""

    def __init__(self, *, currency: str = "CNY", least: int = 1, **kwargs: Any) -> None:
        attributes = {"inputmode": "decimal", "autocomplete": "off"}
        super().__init__(max_length=20, widget=forms.TextInput(attributes), **kwargs)
        self.currency, self.least = currency, least

    def clean(self, value: Any) -> Any:
        """Cents, at least `least`."""
        text = super().clean(value).lstrip("¥￥")
        if not text:
            return None
        try:
            cents = parse_cents(text, currency=self.currency)
        except NotMoney:
            cents = -1
        if cents < self.least:
            raise forms.ValidationError(_("Please write an amount, like 500.00."))
        return cents


class MoreTime(forms.Form):
    """A day, and what shall happen until then."""

    card = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    day = forms.DateField(
        label=_("Until which day?"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    way = forms.ChoiceField(
        label=_("How shall we do it?"),
        choices=[(way, words[0]) for way, words in WAYS.items()],
        widget=forms.RadioSelect,
    )
    amount = Cents(
        label=_("How much will you pay then?"),
        help_text=_("Only for a promise; left empty, it is what is due now."),
        required=False,
    )

    def __init__(
        self, *args: Any, today: date, most_days: dict[str, int], due_cents: int, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.most_days, self.due_cents = today, most_days, due_cents
        last = today + timedelta(days=max(most_days.values()))
        self.fields["day"].widget.attrs |= {"min": f"{today}", "max": f"{last}"}

    def clean(self) -> dict[str, Any]:
        """The day lies within the policy of the way; a promise has an amount."""
        told = super().clean() or {}
        if "day" in told and "way" in told:
            last = self.today + timedelta(days=self.most_days[told["way"]])
            if not self.today <= told["day"] <= last:
                words = _("Please choose a day up to %(day)s; for a later one, talk to us.")
                self.add_error("day", words % {"day": day_text(last, get_language() or "")})
        told["amount"] = told.get("amount") or self.due_cents
        return told


class Means(forms.Form):
    """What can be paid a month. Every question may be left out."""

    card = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    income = Cents(label=_("What comes in a month"), least=0, required=False)
    outgoings = Cents(
        label=_("What you need a month"),
        help_text=_("Rent, food, children, medicine, other debts: together."),
        least=0,
        required=False,
    )
    pay_day = forms.IntegerField(
        label=_("On which day of the month does money come?"),
        min_value=1,
        max_value=31,
        required=False,
        widget=forms.NumberInput({"inputmode": "numeric"}),
    )
    adults = forms.IntegerField(label=_("Adults"), min_value=1, max_value=20, initial=1, required=False)
    children = forms.IntegerField(label=_("Children"), min_value=0, max_value=20, initial=0, required=False)
    reason = forms.ChoiceField(label=_("What has happened?"), required=False)
    willing = forms.BooleanField(
        label=_("I want to pay, and more is due now than I can pay."), required=False
    )

    def __init__(self, *args: Any, language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        listed = [(code, reasons()[code].title.words().said_in(language)) for code in REASONS]
        self.fields["reason"].choices = [("", _("I would rather not say")), *listed]  # type: ignore[attr-defined]

    def means(self) -> dict[str, Any]:
        """What is kept for as long as the visit lasts."""
        told = dict(self.cleaned_data)
        return {"income_cents": told.pop("income"), "outgoings_cents": told.pop("outgoings"), **told}


class Plan(forms.Form):
    """One plan chosen: its kind and length."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(choices=[(kind.value, kind.value) for kind in sorted(IN_PARTS)])
    months = forms.IntegerField(min_value=1, max_value=MOST_MONTHS)


class Length(forms.Form):
    """How many months, on the slider or in figures."""

    months = forms.IntegerField(
        label=_("How many months"), widget=forms.NumberInput({"inputmode": "numeric"})
    )

    def __init__(self, *args: Any, span: tuple[int, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["months"]
        field.widget.attrs |= {"min": span[0], "max": span[1]}
        field.validators += [MinValueValidator(span[0]), MaxValueValidator(span[1])]


class PayNow(forms.Form):
    """A payment to be made now."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    card = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    amount = Cents(label=_("How much do you pay?"))


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
