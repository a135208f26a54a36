"""Reading the outbox."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime

from django.conf import settings
from django.db.models import Count, QuerySet

from arrears.casebook.types import Person
from arrears.contact import models, words
from arrears.contact.types import Message, MessageState, Wording
from arrears.reckoning.types import Owed


def messages_of(customer_ref: str) -> list[Message]:
    """Everything written or planned to one customer, newest first."""
    return _seen(models.Message.objects.filter(customer_id=customer_ref).order_by("-planned_on", "-pk"))


def messages_on(day: date) -> list[Message]:
    """What the day planned, in the order planned."""
    return _seen(models.Message.objects.filter(planned_on=day).order_by("pk"))


def message(key: str) -> Message | None:
    """One message by its key."""
    return next(iter(_seen(models.Message.objects.filter(key=key))), None)


def messages(keys: Iterable[str]) -> list[Message]:
    """These messages; keys that were never planned are left out."""
    return _seen(models.Message.objects.filter(key__in=list(keys)).order_by("pk"))


def states_of(keys: Iterable[str]) -> dict[str, MessageState]:
    """Where these messages stand, by key; keys that were never planned are left out."""
    rows = models.Message.objects.filter(key__in=list(keys)).values_list("key", "state")
    return {key: MessageState(state) for key, state in rows}


def hours_waiting(*, planned_on: date) -> list[datetime]:
    """The moments from which messages of that day may leave, in order, each once."""
    rows = models.Message.objects.filter(planned_on=planned_on, state=MessageState.WAITING)
    return list(rows.order_by("not_before").values_list("not_before", flat=True).distinct())


def waiting_count() -> int:
    """Messages that have neither left nor been closed."""
    return models.Message.objects.filter(state__in=[MessageState.WAITING, MessageState.SENDING]).count()


def by_state(*, planned_on: date | None = None) -> dict[MessageState, int]:
    """How many messages stand where; of one day where given. Every state is there, with 0 too."""
    rows = models.Message.objects.all()
    if planned_on is not None:
        rows = rows.filter(planned_on=planned_on)
    counted = Counter(dict(rows.order_by().values_list("state").annotate(Count("pk"))))
    return {state: counted[state.value] for state in MessageState}


def reminder(*, template: str, channel: str, person: Person, owed: Owed) -> Wording:
    """What a reminder to `person` says about `owed`, in the person's language.

    Raises UnableToWord (WrongConfiguration) where the template needs what `owed` cannot tell.
    """
    money = words.owed_values(owed, language=person.language)
    values = {**house_values(language=person.language), **money, "name": words.named(person)}
    return words.render(template=template, channel=channel, language=person.language, values=values)


def worded(*, template: str, channel: str, person: Person, values: Mapping[str, str | None]) -> Wording:
    """Any other template of ours for `person`, filled with `values` and what the house says of itself.

    Raises UnableToWord as `reminder` does.
    """
    told = {**house_values(language=person.language), **values, "name": words.named(person)}
    return words.render(template=template, channel=channel, language=person.language, values=told)


def day_text(day: date, *, language: str) -> str:
    """A day as letters write it."""
    return words.day_text(day, language=language) or ""


def house_values(*, language: str) -> dict[str, str | None]:
    """Who writes and where to find us, for any template."""
    return {
        "institution": words.institution_name(settings.INSTITUTION, language=language),
        "address": settings.PUBLIC_ADDRESS,
        "phone": settings.SERVICE_PHONE,
    }


def _seen(rows: QuerySet[models.Message]) -> list[Message]:
    return [
        Message(
            key=row.key,
            clearance_key=row.clearance_key,
            customer_ref=row.customer_id,
            account_ref=row.account_id,
            channel=row.channel,
            point=row.point,
            purpose=row.purpose,
            template=row.template,
            language=row.language,
            subject=row.subject,
            body=row.body,
            state=MessageState(row.state),
            planned_on=row.planned_on,
            not_before=row.not_before,
            not_after=row.not_after,
            attempts=row.attempts,
            last_error=row.last_error,
            sent_at=row.sent_at,
            provider=row.provider,
            provider_ref=row.provider_ref,
        )
        for row in rows
    ]
