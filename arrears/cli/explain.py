"""`arrears explain ACCOUNT`: what is owed, line by line, and what a payment would change."""

import json
import re
from datetime import date, datetime
from typing import Annotated

import typer

from arrears.cli.language import language
from arrears.kernel.money import decimal_text

PAY = re.compile(r"\s*pay\s+(?P<amount>[\d.,]+)\s+on\s+(?P<day>\d{4}-\d\d-\d\d)\s*", re.IGNORECASE)


def add_to(app: typer.Typer) -> None:
    """Join the command line."""
    app.command()(explain)


def explain(
    account: Annotated[str, typer.Argument(help="The account, as the bank writes it.")],
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day; the latest round's if left out.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The whole tree as JSON.")] = False,
    what_if: Annotated[
        list[str] | None, typer.Option(help='A choice: "pay 500 on 2026-12-01". May be given several times.')
    ] = None,
) -> None:
    """Explain what an account owes: amount, segments, rule, reference, facts."""
    from arrears.cli.ground import standing_ground

    with standing_ground():
        from arrears.daily.queries import history_of, house_day
        from arrears.kernel import clock
        from arrears.reckoning import queries as reckoning
        from arrears.reckoning.explain import as_json as tree_json
        from arrears.reckoning.explain import as_text

        history = history_of(account)
        day = as_of.date() if as_of else house_day(clock.today())
        if what_if:
            payments = [_payment(choice, history.currency) for choice in what_if]
            until = max([day, *(on for on, _ in payments)])
            compared = reckoning.what_if(history=history, payments=payments, as_of=until)
            owed, changes = compared.after, compared.changes
        else:
            owed, changes = reckoning.owed(history=history, as_of=day), ()
        coming = None if what_if else reckoning.next_minimum(history=history, as_of=day)
    if as_json:
        told = tree_json(owed) | ({"changes": [words.as_json() for words in changes]} if what_if else {})
        if coming:
            told["next_minimum"] = {
                "statement_date": coming.statement_date.isoformat(),
                "due_date": coming.due_date.isoformat(),
                "minimum": decimal_text(coming.minimum_cents, currency=history.currency),
                "words": coming.words.as_json(),
            }
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for words in changes:
        typer.echo(words.said_in(language()))
    typer.echo(as_text(owed, language=language()))
    if coming:
        typer.echo(coming.words.said_in(language()))


def _payment(choice: str, currency: str) -> tuple[date, int]:
    """`pay 500 on 2026-12-01` as a day and cents. Raises Trouble for anything else."""
    from arrears.kernel.money import NotMoney, parse_cents
    from arrears.kernel.trouble import Trouble

    found = PAY.fullmatch(choice)
    try:
        if found:
            return date.fromisoformat(found["day"]), parse_cents(found["amount"], currency=currency)
    except (NotMoney, ValueError) as problem:
        raise Trouble(f"{choice!r}: {problem}", do='Write it like "pay 500 on 2026-12-01".') from problem
    raise Trouble(f"{choice!r} is not a choice we know", do='Write it like "pay 500 on 2026-12-01".')
