"""`arrears arrange`: signed quotations, plans somebody can afford, and whether a quotation stands."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from arrears.cli.language import language, say

if TYPE_CHECKING:
    from arrears.arrangements.queries import Proposed
    from arrears.arrangements.types import Asked, OfferSeen

group = typer.Typer(help="Arrangements: quote, plans, verify.", no_args_is_help=True)
Account = Annotated[str, typer.Argument(help="The account, as the bank writes it.")]
On = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="The day; today if left out. Another day is a rehearsal."),
]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON, for machines and for keeping.")]
Role = Annotated[str, typer.Option(help="customer, agent, team_leader or manager.")]
KINDS = "extension, instalment_bill, instalment_balance, personal_instalments, settlement, waiver"


def add_to(app: typer.Typer) -> None:
    """Join the command line."""
    app.add_typer(group, name="arrange")


@group.command()
def quote(
    account: Account,
    kind: Annotated[str, typer.Option(help=KINDS)],
    months: Annotated[int | None, typer.Option(help="How long, for instalments.")] = None,
    pay_day: Annotated[int | None, typer.Option(help="The day of the month on which wages come.")] = None,
    day: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The new day, for an extension or settlement."),
    ] = None,
    amount: Annotated[str | None, typer.Option(help="How much, such as 500.00; all where left out.")] = None,
    of: Annotated[str | None, typer.Option(help="For a waiver: late_fee or interest.")] = None,
    reason: Annotated[list[str] | None, typer.Option(help="Why; may be given several times.")] = None,
    sustainable: Annotated[str | None, typer.Option(help="What can be paid a month, by the form.")] = None,
    willing: Annotated[bool, typer.Option(help="The customer said that they want to pay.")] = False,
    recording: Annotated[str, typer.Option(help="Where the recording of the talk is kept.")] = "",
    role: Role = "agent",
    by: Annotated[str, typer.Option(help="Who offers: a sign-in name.")] = "command line",
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Make a signed quotation; refused at once, with the nearest that is allowed, outside the policy."""
    from arrears.cli.ground import standing_ground

    with standing_ground():
        from uuid import uuid4

        from arrears.arrangements import actions, queries
        from arrears.arrangements.types import Surroundings, Who

        told = Surroundings(
            reasons=tuple(reason or ()),
            willing=willing,
            sustainable_cents=_cents(sustainable, account),
            recording=recording,
        )
        try:
            seen = actions.offer(
                key=f"cli:{uuid4().hex}",
                account_ref=account,
                asked=_asked(kind, months, pay_day, day, _cents(amount, account), of),
                who=Who(by, role),
                now=_moment(on),
                surroundings=told,
            )
        except actions.UnableToOffer as trouble:
            if trouble.nearest:
                trouble.do = f"{trouble.do} {_nearest(trouble.nearest)}".strip()
            raise
        document = queries.document_of(seen)
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        _show(seen)


def _asked(
    kind: str,
    months: int | None,
    pay_day: int | None,
    day: datetime | None,
    cents: int | None,
    of: str | None,
) -> "Asked":
    from arrears.arrangements.types import Asked, Kind, Monthly
    from arrears.kernel.trouble import Trouble

    if kind not in list(Kind):
        raise Trouble(f"{kind!r} is no kind of arrangement", do=f"Choose from: {KINDS}.")
    rhythm = Monthly(pay_day) if pay_day else None
    return Asked(Kind(kind), months, rhythm, day.date() if day else None, cents, of)


def _cents(text: str | None, account: str) -> int | None:
    """An amount in the account's currency. Raises Trouble for what is none."""
    from arrears.casebook import queries as casebook
    from arrears.kernel.money import NotMoney, parse_cents
    from arrears.kernel.trouble import Trouble

    if text is None:
        return None
    history = casebook.history_of(account)
    try:
        return parse_cents(text, currency=history.currency if history else "CNY")
    except NotMoney as problem:
        raise Trouble(str(problem), do="Write it like 500.00.") from problem


def _moment(on: datetime | None) -> datetime:
    """Now, or ten o'clock of the day rehearsed."""
    from datetime import time

    from arrears.kernel import clock
    from arrears.kernel.days import at_clock

    return at_clock(on.date(), time(10), zone=clock.HOUSE_ZONE) if on else clock.now()


def _nearest(asked: "Asked") -> str:
    said = {"months": asked.months, "day": asked.day, "minor units": asked.cents}
    told = ", ".join(f"{name} {value}" for name, value in said.items() if value is not None)
    return say(f"最接近的可行方案：{told}。", f"The nearest that is allowed: {told}.")


def _show(seen: "OfferSeen") -> None:
    from arrears.kernel.money import Money

    said = seen.content
    for zh, en in said["terms"]:
        typer.echo(say(zh, en))
    for number, day, principal, fee in said["schedule"]:
        typer.echo(f"{number:>3}  {day}  {Money(principal + fee, said['currency']).with_symbol()}")
    typer.echo(f"{say('年化成本', 'yearly cost')}: {_yearly(said['yearly_cost_millionths'])}")
    typer.echo(say(f"报价号 {seen.key}", f"quotation {seen.key}"))
    until = seen.ends_at.isoformat(timespec="minutes")
    if seen.signature:
        typer.echo(say(f"已签名，有效至 {until}", f"signed; stands until {until}"))
    else:
        who = ", ".join(seen.approvers)
        typer.echo(say(f"待批准，可批准者：{who}", f"waits for approval by one of: {who}"))


def _yearly(millionths: int | None) -> str:
    return say("无", "none") if millionths is None else f"{millionths // 10_000}.{millionths % 10_000:04d} %"


@group.command()
def plans(
    account: Account,
    income: Annotated[str | None, typer.Option(help="What comes in a month, such as 6000.00.")] = None,
    outgoings: Annotated[str, typer.Option(help="What goes out a month.")] = "0",
    adults: Annotated[int, typer.Option(help="Adults in the household.")] = 1,
    children: Annotated[int, typer.Option(help="Children in the household.")] = 0,
    pay_day: Annotated[int | None, typer.Option(help="The day of the month on which wages come.")] = None,
    willing: Annotated[bool, typer.Option(help="The customer said that they want to pay.")] = False,
    role: Role = "agent",
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Up to three plans, the best for the customer first, with what not agreeing would cost."""
    from arrears.cli.ground import standing_ground

    with standing_ground():
        from arrears.arrangements import queries
        from arrears.arrangements.forms import ShortForm
        from arrears.arrangements.types import Monthly
        from arrears.kernel.clock import HOUSE_ZONE
        from arrears.kernel.trouble import Trouble

        afford = None
        if income is not None:
            form = ShortForm(
                income_cents=_cents(income, account) or 0,
                outgoings_cents=_cents(outgoings, account) or 0,
                adults=adults,
                children=children,
            )
            afford = queries.affordable(form.means())
        from zoneinfo import ZoneInfo

        found = queries.plans_for(
            account,
            role=role,
            on=_moment(on).astimezone(ZoneInfo(HOUSE_ZONE)).date(),
            sustainable_cents=afford.sustainable_cents if afford else None,
            willing=willing,
            pay_days=Monthly(pay_day) if pay_day else None,
        )
        if not found:
            raise Trouble(
                say("没有既合规又负担得起的方案", "no plan is both allowed and affordable"),
                do=say("可考虑困难关怀或一次性结清。", "Look at hardship, or at a settlement."),
            )
    told = [_plan_json(one) for one in found]
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for number, one in enumerate(told, 1):
        typer.echo(
            f"{number}. " + "  ".join(f"{name} {value}" for name, value in one.items() if name != "schedule")
        )


def _plan_json(one: "Proposed") -> dict[str, Any]:
    return {
        "kind": one.kind.value,
        "months": one.months,
        "total_cents": one.total_cents,
        "cost_cents": one.cost_cents,
        "monthly_cents": one.monthly_cents,
        "yearly_cost_millionths": one.yearly.millionths,
        "kept_millionths": one.chance if one.chance_known else None,
        "paying_nothing_costs_cents": one.not_agreeing.paying_nothing_cents,
        "paying_what_one_can_costs_cents": one.not_agreeing.paying_what_one_can_cents,
        "schedule": [[part.day.isoformat(), part.due_cents] for part in one.schedule.parts],
    }


@group.command()
def verify(
    file: Annotated[Path, typer.Argument(help="A quotation as `arrange quote --json` wrote it.")],
    on: On = None,
) -> None:
    """Whether a quotation is ours, unchanged, and can be honoured now. Exit code 1: it cannot."""
    from arrears.cli.ground import standing_ground
    from arrears.kernel.trouble import Place, Trouble

    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise Trouble(f"cannot be read: {problem}", at=Place(str(file))) from problem
    with standing_ground():
        from arrears.arrangements import queries

        checked = queries.verify(text, now=_moment(on))
    typer.echo(checked.words.said_in(language()))
    raise typer.Exit(0 if checked.good else 1)
