"""What an agent types in about promises, means and plans. What may be agreed is arrangements' to say."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from arrears.arrangements.forms import Entry, LongForm, ShortForm
from arrears.arrangements.queries import Means
from arrears.arrangements.types import Asked, EveryTwoWeeks, Kind, Monthly, OnDays, PayDays
from arrears.desk import names
from arrears.kernel.money import NotMoney, parse_cents
from arrears.rulebook.arrangements import title_of
from arrears.rulebook.reasons import reasons

MOST_MONTHS_TYPED = 999
CHANNELS = [(channel, names.CHANNELS[channel]) for channel in ("call", "visit", "chat", "wechat", "letter")]
REMIND_BY = [("sms", names.CHANNELS["sms"]), ("email", names.CHANNELS["email"])]
RHYTHMS = [
    ("month", _("a month")),
    ("week", _("a week")),
    ("two_weeks", _("every two weeks")),
    ("quarter", _("a quarter")),
    ("year", _("a year")),
]
INCOME = {
    "wage": _("Wage"),
    "second": _("Second job"),
    "benefit": _("Pension or benefit"),
    "family_in": _("From family"),
}
OUTGOINGS = {
    "home": _("Rent or mortgage"),
    "food": _("Food"),
    "travel": _("Getting about"),
    "bills": _("Power, water, telephone"),
    "children_out": _("School and children"),
    "health": _("Doctor and medicine"),
    "family_out": _("For parents or family"),
    "debts": _("Other debts"),
    "rest": _("Everything else"),
}


class Amount(forms.CharField):
    """Money as people write it; cents once clean, None where nothing was written."""

    currency = "CNY"

    def __init__(self, **how: Any) -> None:
        how.setdefault("widget", forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(max_length=20, **how)

    def clean(self, value: Any) -> Any:
        told = super().clean(value).strip().lstrip("¥￥")
        if not told:
            return None
        try:
            cents = parse_cents(told, currency=self.currency)
        except NotMoney:
            cents = -1
        if cents < 0:
            raise forms.ValidationError(_("Please write an amount, like 500.00."))
        return cents


class Day(forms.DateField):
    """A day, with the browser's own calendar."""

    def __init__(self, **how: Any) -> None:
        super().__init__(widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), **how)


class InCurrency(forms.Form):
    """A form whose amounts are in the account's currency."""

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, Amount):
                field.currency = currency


class Promise(InCurrency):
    """An amount and a day the customer names, and by which way it was said."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    amount = Amount(label=_("How much?"))
    day = Day(label=_("By which day?"))
    channel = forms.ChoiceField(label=_("How was it promised?"), choices=CHANNELS, initial="call")
    remind_by = forms.ChoiceField(label=_("Remind the day before by"), choices=REMIND_BY, initial="sms")


def _kinds() -> list[tuple[str, Any]]:
    titles = [(kind.value, title_of(kind.value).words().said_in(get_language() or "")) for kind in Kind]
    return [("", "\N{EM DASH}"), *titles]


def _reasons() -> list[tuple[str, Any]]:
    named = [(code, each.title.words().said_in(get_language() or "")) for code, each in reasons().items()]
    return [("", "\N{EM DASH}"), *named]


class Offer(InCurrency):
    """Why, what comes in and goes out, when money comes; and one kind of arrangement by itself."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    reason = forms.ChoiceField(label=_("Why is it difficult?"), required=False, choices=_reasons)
    willing = forms.BooleanField(label=_("The customer says they want to pay."), required=False)
    adults = forms.IntegerField(label=_("Adults"), min_value=1, max_value=20, required=False, initial=1)
    children = forms.IntegerField(label=_("Children"), min_value=0, max_value=20, required=False, initial=0)
    pay_day = forms.IntegerField(
        label=_("Pay-day, of the month"), min_value=1, max_value=31, required=False, help_text=_("1 to 31")
    )
    two_weeks_from = Day(label=_("or paid every two weeks, from"), required=False)
    paid_on = forms.CharField(
        label=_("or on these days"),
        max_length=2200,
        required=False,
        help_text=_("like 2026-12-05 2027-01-20"),
    )
    kind = forms.ChoiceField(label=_("What?"), choices=_kinds, required=False)
    months = forms.IntegerField(label=_("Months"), min_value=1, max_value=MOST_MONTHS_TYPED, required=False)
    day = Day(label=_("Day"), required=False)
    amount = Amount(label=_("Amount"), required=False)
    of = forms.ChoiceField(
        label=_("Of what?"),
        required=False,
        choices=[("", "\N{EM DASH}"), ("late_fee", _("Late fee")), ("interest", _("Interest"))],
    )

    def __init__(self, *args: Any, long: bool, **kwargs: Any) -> None:
        self.long = long
        super().__init__(*args, **kwargs)
        for name, field in self._means_fields().items():
            self.fields[name] = field
            if isinstance(field, Amount):
                field.currency = kwargs["currency"]

    def _means_fields(self) -> dict[str, forms.Field]:
        if not self.long:
            return {
                "income": Amount(label=_("Comes in, a month"), required=False),
                "outgoings": Amount(label=_("Goes out, a month"), required=False),
            }
        found: dict[str, forms.Field] = {}
        for name, label in {**INCOME, **OUTGOINGS}.items():
            found[name] = Amount(label=label, required=False)
            found[f"{name}_every"] = forms.ChoiceField(label=label, choices=RHYTHMS, required=False)
        found["irregular"] = forms.CharField(
            label=_("Irregular work, the last months"),
            max_length=400,
            required=False,
            help_text=_("one sum a month, like 3200 0 4100; the leanest counts"),
        )
        return found

    def pairs(self, names_of: Mapping[str, Any]) -> list[tuple[Any, Any]]:
        """Amount and rhythm of each kind of money, for the page."""
        return [(self[name], self[f"{name}_every"]) for name in names_of] if self.long else []

    def income_pairs(self) -> list[tuple[Any, Any]]:
        """What comes in."""
        return self.pairs(INCOME)

    def outgoing_pairs(self) -> list[tuple[Any, Any]]:
        """What goes out."""
        return self.pairs(OUTGOINGS)

    def clean_paid_on(self) -> tuple[date, ...]:
        """Days, one after another."""
        try:
            return tuple(date.fromisoformat(each) for each in self.cleaned_data["paid_on"].split())
        except ValueError as problem:
            raise forms.ValidationError(_("Please write days like 2026-12-05.")) from problem

    def clean_irregular(self) -> tuple[int, ...]:
        """Sums, one a month."""
        amount = Amount(required=False)
        return tuple(amount.clean(each) or 0 for each in self.cleaned_data["irregular"].split()[:24])

    def means(self) -> Means | None:
        """What was told of income and outgoings; None where nothing was."""
        told = self.cleaned_data
        adults, children = told["adults"] or 1, told["children"] or 0
        if not self.long:
            if told["income"] is None or told["outgoings"] is None:
                return None
            return ShortForm(
                adults=adults,
                children=children,
                income_cents=told["income"],
                outgoings_cents=told["outgoings"],
            ).means()
        income, outgoings = self._entries(INCOME), self._entries(OUTGOINGS)
        if not (income or outgoings or told["irregular"]):
            return None
        return LongForm(
            adults=adults,
            children=children,
            income=income,
            outgoings=outgoings,
            irregular_cents=told["irregular"],
        ).means()

    def _entries(self, kinds: Mapping[str, Any]) -> tuple[Entry, ...]:
        told = self.cleaned_data
        return tuple(
            Entry(name=name, cents=told[name], every=told[f"{name}_every"] or "month")
            for name in kinds
            if told[name] is not None
        )

    def pay_days(self) -> PayDays | None:
        """When money comes; days named one by one first, since they are the most exact."""
        told = self.cleaned_data
        if told["paid_on"]:
            return OnDays(told["paid_on"])
        if told["two_weeks_from"]:
            return EveryTwoWeeks(told["two_weeks_from"])
        return Monthly(told["pay_day"]) if told["pay_day"] else None

    def asked(self, take: str) -> Asked | None:
        """What the button that was pressed asks for: a plan, the nearest, or what is chosen below."""
        told = self.cleaned_data
        if take != "chosen":
            return read_take(take, self.pay_days())
        if not told["kind"]:
            self.add_error("kind", _("Say what."))
            return None
        return Asked(
            Kind(told["kind"]),
            told["months"],
            self.pay_days(),
            told["day"],
            told["amount"],
            told["of"] or None,
        )


def take_of(asked: Asked) -> str:
    """An arrangement as the value of a button; the pay-days stay in the form beside it."""
    parts = (asked.kind.value, asked.months, asked.day, asked.cents, asked.of)
    return "|".join("" if part is None else str(part) for part in parts)


def read_take(text: str, pay_days: PayDays | None) -> Asked | None:
    """What `take_of` wrote; None for anything else."""
    try:
        kind, months, day, cents, of = text.split("|")
        return Asked(
            Kind(kind),
            int(months) if months else None,
            pay_days,
            date.fromisoformat(day) if day else None,
            int(cents) if cents else None,
            of or None,
        )
    except ValueError:
        return None


class Accept(forms.Form):
    """The customer's yes, how it was given, and where its recording is."""

    agreed = forms.BooleanField(label=_("The customer heard this and agreed."))
    recording = forms.CharField(
        label=_("Recording reference"),
        max_length=300,
        required=False,
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    channel = forms.ChoiceField(label=_("How did they agree?"), choices=CHANNELS, initial="call")


class Decide(forms.Form):
    """Why an offer passes, or does not; the customer reads it."""

    because = forms.CharField(
        label=_("Reason, as the customer will read it"), max_length=500, widget=forms.Textarea({"rows": 2})
    )


class TakeBack(forms.Form):
    """Why a promise was recorded wrongly."""

    because = forms.CharField(max_length=500)
