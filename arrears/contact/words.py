"""Our templates and what goes into them. Values are data: nothing in them is ever markup.

`templates/contact/<template>.<channel>.<language>.txt`; the first line of an e-mail's
template is its subject. A value the text needs and does not get is an error naming both:
no message ever says that nothing is owed because a number was missing.
"""

import functools
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from django.conf import settings
from django.template import Context, Engine, Template, TemplateDoesNotExist, TemplateSyntaxError

from arrears.casebook.types import Person
from arrears.contact.types import Wording
from arrears.kernel.money import Money
from arrears.kernel.trouble import Place, WrongConfiguration
from arrears.reckoning.types import Owed
from arrears.speech import queries as speech

FOLDER = Path(__file__).resolve().parent / "templates"
_MISSING = "\ufdd0"  # a code point no text may contain (Unicode noncharacter)


class UnableToWord(WrongConfiguration):
    """A template is not there, cannot be read, or needs a value it was not given."""


def render(*, template: str, channel: str, language: str, values: Mapping[str, str | None]) -> Wording:
    """`template` filled in. A value that is None or empty counts as not given; a template may
    ask `{% if value %}`, but may not print it. Raises UnableToWord."""
    name = f"{template}.{channel}.{'zh-hans' if language.lower().startswith('zh') else 'en'}.txt"
    given = {key: value.replace(_MISSING, "") for key, value in values.items() if value}
    text = _template(name).render(Context(given, autoescape=False))
    missing = re.search(f"{_MISSING}(.*?){_MISSING}", text)
    if missing:
        raise UnableToWord(
            f"the text needs {missing[1]}, which was not given",
            do="Give it, or let the template ask for it with {% if ... %}.",
            at=Place(name),
        )
    if channel == "sms":
        return Wording("", text.strip())
    subject, _, body = text.partition("\n")
    return Wording(subject.strip(), body.strip() + "\n")


@functools.cache
def _engine() -> Engine:
    return Engine(dirs=[str(FOLDER)], string_if_invalid=f"{_MISSING}%s{_MISSING}")


@functools.cache
def _template(name: str) -> Template:
    try:
        template = _engine().get_template(f"contact/{name}")
    except TemplateDoesNotExist as trouble:
        raise UnableToWord(
            f"there is no template {name}", do=f"The texts are in {FOLDER / 'contact'}."
        ) from (trouble)
    except TemplateSyntaxError as trouble:
        raise UnableToWord(f"the template cannot be read: {trouble}", at=Place(name)) from trouble
    _refuse_wrong_words(name, str(template.source))
    return template


def _refuse_wrong_words(name: str, source: str) -> None:
    """No template is used that says what nobody may say. It outlives days: every rule counts
    that is in force or known to come."""
    for finding in speech.read(source, book=settings.RULE_BOOK, on=date.max):
        if finding.stops:
            line = source.count("\n", 0, finding.start) + 1
            raise UnableToWord(finding.in_words().en, do=finding.in_words().zh, at=Place(name, line))


def owed_values(owed: Owed, *, language: str) -> dict[str, str | None]:
    """What a reminder says about the money, as text. Nothing of it is a guess: None where unknown."""

    def money(cents: int | None) -> str | None:
        return Money(cents, owed.currency).with_symbol() if cents else None

    return {
        "account": owed.account_ref[-4:],
        "as_of": day_text(owed.as_of, language=language),
        "payoff": Money(owed.payoff_cents, owed.currency).with_symbol(),
        "statement_balance": money(owed.statement_balance_cents),
        "minimum_due": money(owed.minimum_due_cents),
        "overdue": money(owed.overdue_cents),
        "days_past_due": str(owed.days_past_due) if owed.days_past_due > 0 else None,
        "oldest_due_date": day_text(owed.oldest_due_date, language=language),
        "next_due_date": day_text(owed.next_due_date, language=language),
        "parts": _parts(owed, language=language),
    }


def _parts(owed: Owed, *, language: str) -> str | None:
    """The first storey of the explanation everybody sees: what the whole is made of, line by line."""
    told = [
        f"    {line.words.said_in(language)}  {Money(line.cents, owed.currency).with_symbol()}"
        for line in owed.lines
    ]
    return "\n".join(told) or None


def day_text(day: date | None, *, language: str) -> str | None:
    """2026年11月21日, or 21 November 2026."""
    if day is None:
        return None
    if language.lower().startswith("zh"):
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {day:%B} {day.year}"


def named(person: Person) -> str:
    """How a letter addresses somebody; a book may come without names."""
    return person.name.replace(_MISSING, "").strip() or (
        "客户" if person.language.lower().startswith("zh") else "customer"
    )


def institution_name(both: str, *, language: str) -> str:
    """`中文名|English name` in one language; a name without a bar serves both."""
    zh, _, en = both.partition("|")
    return (zh if language.lower().startswith("zh") else en or zh).strip()
