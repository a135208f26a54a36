"""What a customer types in."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from arrears.care.actions import MOST_BYTES, UnableToKeepPaper, check_paper
from arrears.care.types import ABOUTS, SUPPORTS, MatterKind
from arrears.kernel.money import NotMoney, parse_cents

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
    too_large = file.size > MOST_BYTES
    content: bytes = b"" if too_large else file.read()
    try:
        if too_large:
            raise UnableToKeepPaper("too large")
        check_paper(content)
    except UnableToKeepPaper as trouble:
        raise forms.ValidationError(
            _("%(name)s cannot be taken. Please send photos or plain PDFs of up to 10 MB."),
            params={"name": file.name},
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
