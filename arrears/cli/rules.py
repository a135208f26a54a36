"""`arrears rules ...` and `arrears clear FILE`: the law in force, and one question to it."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from arrears.cli.language import language, say
from arrears.kernel import clock
from arrears.kernel.trouble import Trouble

group = typer.Typer(help="The law the gate follows: who is bound by what, since when.", no_args_is_help=True)

Book = Annotated[str, typer.Option(help="cn.card_issuer, cn.agency, us.third_party_collector ...")]
Day = Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="A day, as 2026-06-10.")]


def add_to(app: typer.Typer) -> None:
    """Join the command line."""
    app.add_typer(group, name="rules")
    app.command()(clear)


@group.command("list")
def list_rules(book: Book = "cn.card_issuer") -> None:
    """The rules of a book in force today."""
    _list(book, clock.today())


@group.command("on")
def on_day(day: Day, book: Book = "cn.card_issuer") -> None:
    """The rules of a book as they stood on that day."""
    _list(book, day.date())


def _list(book: str, day: date) -> None:
    from arrears.rulebook.law import rules_in_force

    for rule in rules_in_force(book, day, policy=_policy()):
        house = say("  （行内从严：", "  (the house: ") + _value(rule.value) + say("）", ")")
        title = rule.title.said_in(language()) + (house if rule.tightened else "")
        typer.echo(f"{rule.id:36} {rule.strength:7} {title}  [{rule.reference}]")


def _policy() -> tuple[Path, ...]:
    """The policy shipped, and the institution's own on top: as the gate has them."""
    from arrears.config.home import home_path
    from arrears.rulebook.law import SHIPPED_POLICY

    own = home_path() / "policy"
    return (*SHIPPED_POLICY, own) if own.is_dir() else SHIPPED_POLICY


@group.command()
def show(rule_id: str) -> None:
    """One rule: where it is written, whom it binds, what it protects, its values over time."""
    from arrears.rulebook.law import load_law, rule_named

    rule, path = rule_named(rule_id), load_law().paths[rule_id]
    lines = [
        f"{rule.id}  {rule.title.words().said_in(language())}",
        f"{rule.instrument.words().said_in(language())}  {rule.article}",
        say("约束：", "binds: ") + ", ".join(rule.binds),
        say("保护：", "protects: ") + rule.protects.words().said_in(language()),
        say("强度：", "strength: ") + f"{rule.strength}, {rule.stops}, {rule.status}",
        *([say("原因：", "reason: ") + rule.reason] if rule.reason else []),
        *(
            f"{value.from_} - {value.until or ''}  {_value(value.value)}  [{value.reference}]"
            for value in rule.values
        ),
        *_of_the_house(rule_id),
        say("来源：", "source: ") + f"{rule.source} ({rule.reviewed_on})",
        str(path),
    ]
    typer.echo("\n".join(lines))


def _of_the_house(rule_id: str) -> list[str]:
    """What house policy makes of the rule: since when, in which books, and why."""
    from arrears.rulebook.law import load_policies

    lines = []
    for policy in (file for folder in _policy() for file in load_policies(folder).files):
        own = [(t.from_, _value(t.value), t.reason) for t in policy.tighten if t.rule == rule_id]
        own += [
            (s.from_, say("启用", "switched on"), s.reason) for s in policy.switch_on if s.rule == rule_id
        ]
        lines += [
            say("行内规定：", "the house: ")
            + f"{since} -  {what}  ({', '.join(policy.books)})  {why.words().said_in(language())}"
            for since, what, why in own
        ]
    return lines


def _value(value: object) -> str:
    from arrears.rulebook.law import Value

    if not isinstance(value, Value):
        return say("废止", "repealed")
    given = value.model_dump(exclude_defaults=True)
    return ", ".join(f"{key} {number}" for key, number in given.items()) or say("适用", "in force")


@group.command()
def diff(before: Day, after: Day, book: Book = "cn.card_issuer") -> None:
    """What changed in a book from one day to the other."""
    from arrears.rulebook.law import Rule, rules_in_force

    def by_id(day: datetime) -> dict[str, Rule]:
        return {rule.id: rule for rule in rules_in_force(book, day.date(), policy=_policy())}

    old, new = by_id(before), by_id(after)
    for rule_id in sorted(old.keys() | new.keys()):
        then, now = old.get(rule_id), new.get(rule_id)
        if then is None and now is not None:
            typer.echo(
                f"+ {rule_id}  {now.title.said_in(language())}  {_value(now.value)}  [{now.reference}]"
            )
        elif now is None and then is not None:
            typer.echo(f"- {rule_id}  {then.title.said_in(language())}  {_value(then.value)}")
        elif then is not None and now is not None and then.value != now.value:
            typer.echo(f"~ {rule_id}  {_value(then.value)} -> {_value(now.value)}  [{now.reference}]")


def clear(file: Annotated[Path, typer.Argument(help="One question, written like a situation.")]) -> None:
    """Ask the gate whether a contact may be made. Exit 0 cleared, 1 refused, 2 not readable."""
    from arrears.clearance.entries import ClearanceQuestion
    from arrears.clearance.situations import question_of
    from arrears.clearance.words import in_words
    from arrears.rulebook.documents import read_document

    try:
        question: ClearanceQuestion = read_document(file, ClearanceQuestion)
    except Trouble as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(2) from problem
    asked = question_of(question)
    verdict = asked.answer(_policy())
    typer.echo("\n".join(in_words(verdict, zone=asked.zone).lines(language())))
    raise typer.Exit(0 if verdict.cleared else 1)
