"""`arrears evidence ...`: the chain of records, sealed, signed, checked, handed out, replayed."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arrears.cli.language import language, say

if TYPE_CHECKING:
    from arrears.evidence.types import Finding, Verified

group = typer.Typer(
    help="What happened at the gate, on file: check it, hand it out, replay it.", no_args_is_help=True
)
key_group = typer.Typer(help="The key the institution signs with.", no_args_is_help=True)

From = Annotated[
    datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day (of the house).")
]
To = Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="The last day, included.")]
SEALING_SECONDS = 5
MOST_SHOWN = 50


def add_to(app: typer.Typer) -> None:
    """Join the command line."""
    group.add_typer(key_group, name="key")
    app.add_typer(group, name="evidence")


@key_group.command("new")
def key_new(
    replace: Annotated[bool, typer.Option(help="Put the present key aside and sign with a new one.")] = False,
) -> None:
    """Make the signing key. Keep a copy of the file where nobody signs from."""
    from arrears.cli.ground import standing_ground

    with standing_ground():
        from arrears.evidence import actions
        from arrears.evidence.keys import key_file
        from arrears.kernel import clock

        made = actions.new_key(now=clock.wall_now(), replace=replace)
        typer.echo(made.pem.rstrip())
        typer.echo(say("指纹 ", "fingerprint ") + made.fingerprint)
        typer.echo(say("私钥在 ", "private key in ") + str(key_file()))


@key_group.command("show")
def key_show() -> None:
    """The public key as PEM, and its fingerprint: what a regulator is given."""
    from arrears.cli.ground import standing_ground

    with standing_ground():
        from arrears.evidence import queries

        public = queries.signing_key()
        typer.echo(public.pem.rstrip())
        typer.echo(say("指纹 ", "fingerprint ") + public.fingerprint)


@group.command()
def state() -> None:
    """Where the chain stands: sealed, signed, checked."""
    from arrears.cli.ground import standing_ground

    with standing_ground():
        from arrears.evidence import queries

        here = queries.state()
    typer.echo(
        say(
            f"已封存 {here.last_position:,} 条，待封存 {here.unsealed:,} 条；"
            f"最近签名日 {here.last_signed_day or '无'}，其后 {here.unsigned:,} 条尚未签名",
            f"{here.last_position:,} records sealed, {here.unsealed:,} waiting; last signed day "
            f"{here.last_signed_day or 'none'}, {here.unsigned:,} records since not signed yet",
        )
    )
    if here.verified_at:
        typer.echo(
            say(
                f"最近全链核对 {here.verified_at:%Y-%m-%d %H:%M} UTC，至第 {here.verified_through:,} 条，"
                f"不符 {here.found} 处",
                f"last verified {here.verified_at:%Y-%m-%d %H:%M} UTC through record "
                f"{here.verified_through:,}: {here.found} not as they were",
            )
        )


@group.command()
def sign(
    on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Close through this day; yesterday if left out."),
    ] = None,
) -> None:
    """Seal what waits, and sign the end of every day not signed yet. `serve` and `round` do so too."""
    from arrears.cli.ground import standing_ground

    with standing_ground():
        from arrears.evidence import actions
        from arrears.kernel import clock

        before = on.date() + timedelta(days=1) if on else clock.today()
        closed = actions.close_days(
            before=before, now=clock.wall_now(), most_days=None if on else actions.MOST_DAYS
        )
    for said in (json.loads(root.statement) for root in closed):
        if said["count"]:
            typer.echo(f"{said['day']}  {said['count']:8,}  {said['last']:12,}  {said['last_hash']}")
    typer.echo(say(f"签名 {len(closed)} 天。", f"{len(closed)} days signed."))


@group.command()
def roots(first: From = None, last: To = None) -> None:
    """The signed statements, one a line: hand them out, and keep what was handed out for --against."""
    from arrears.cli.ground import standing_ground

    with standing_ground():
        from arrears.evidence import queries

        for root in queries.roots(first=_day(first), last=_day(last)):
            typer.echo(root.statement)


@group.command()
def verify(
    first: From = None,
    last: To = None,
    against: Annotated[
        Path | None, typer.Option(help="Statements handed out earlier (`evidence roots`), one a line.")
    ] = None,
) -> None:
    """Find every changed, missing, inserted or moved record, and forged or missing roots. Exit code 1 if any."""
    from arrears.cli.ground import standing_ground

    with standing_ground():
        from arrears.casebook import queries as casebook
        from arrears.clearance import queries as clearance
        from arrears.cli.bars import Bars
        from arrears.evidence import actions, verifying
        from arrears.kernel import clock
        from arrears.kernel.words import Words

        actions.seal()
        with Bars() as bars:
            bars.begin(Words(zh="核对", en="Verifying"), None)
            found = verifying.verify(
                first=_day(first),
                last=_day(last),
                live=(clearance.Live(), casebook.Live()),
                handed_out=against.read_text("utf-8").splitlines() if against else (),
                done=bars.advance,
            )
        if first is None and last is None:
            actions.note_verified(verified=found, now=clock.wall_now())
    _show(found)
    raise typer.Exit(1 if found.found else 0)


def _show(found: "Verified") -> None:
    for finding in found.findings[:MOST_SHOWN]:
        typer.echo(_line(finding))
    if found.found > MOST_SHOWN:
        typer.echo(say(f"…… 共 {found.found:,} 处", f"... {found.found:,} in all"))
    rate = found.records / found.seconds if found.seconds else 0
    typer.echo(
        say(
            f"{found.records:,} 条记录（{found.first}–{found.last}），{found.roots} 个日签名，"
            f"尚未签名 {found.unsigned:,} 条；不符 {found.found:,} 处。每秒 {rate:,.0f} 条。",
            f"{found.records:,} records ({found.first}-{found.last}), {found.roots} signed days, "
            f"{found.unsigned:,} records not signed yet; {found.found:,} not as they were. {rate:,.0f} records/s.",
        )
    )


def _line(finding: "Finding") -> str:
    where = f"#{finding.position}" if finding.position else "-"
    return f"{where}  {finding.kind}  {finding.customer_ref}  {finding.about}  {finding.words.said_in(language())}"


@group.command()
def export(
    out: Annotated[Path, typer.Argument(help="A new folder, or a name ending in .zip.")],
    customer: Annotated[str | None, typer.Option(help="Only the records about this customer.")] = None,
    first: From = None,
    last: To = None,
) -> None:
    """Write a bundle somebody else checks without us: records, signed roots, keys, and how to check."""
    from arrears.cli.ground import standing_ground

    with standing_ground():
        from arrears.evidence import actions, bundle
        from arrears.kernel import clock

        actions.seal()
        made = bundle.export(
            out, customer_ref=customer, first=_day(first), last=_day(last), now=clock.wall_now()
        )
    typer.echo(
        say(
            f"{made.place}：{made.records:,} 条记录，{made.roots} 个日签名，尚未签名 {made.unsigned:,} 条。",
            f"{made.place}: {made.records:,} records, {made.roots} signed days, "
            f"{made.unsigned:,} records not signed yet.",
        )
    )
    if made.unsigned:
        typer.echo(
            say(
                "先运行 `arrears evidence sign --on 今天` 即可一并签名。",
                "`arrears evidence sign --on TODAY` signs them too.",
            )
        )


@group.command()
def replay(
    first: From = None,
    last: To = None,
    rules_on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="By the rules of this day instead.")
    ] = None,
) -> None:
    """Ask the gate every recorded question again. Exit code 1 where that day's rules answer otherwise now."""
    from arrears.cli.ground import standing_ground

    asked = differing = 0
    other_rules: set[tuple[str, date]] = set()
    with standing_ground():
        from arrears.clearance import queries as clearance
        from arrears.evidence import actions, queries

        actions.seal()
        low, high = queries.positions(first=_day(first), last=_day(last))
        for again in clearance.replay(queries.records(first=low, last=high), rules_on=_day(rules_on)):
            asked += 1
            differing += bool(again.differences)
            if not again.same_rules:
                other_rules.add((again.book, again.rules_on))
            for each in again.differences:
                typer.echo(
                    f"#{again.position}  {again.customer_ref}  {again.clearance_key}  "
                    f"{each.rule_id or say('答复', 'answer')}  {each.then}  ->  {each.now}"
                )
    for book, on in sorted(other_rules) if rules_on is None else ():
        typer.echo(
            say(
                f"{book} 在 {on} 的规则与当时所用的不同",
                f"the rules of {book} on {on} are not those that decided then",
            )
        )
    typer.echo(
        say(
            f"重放 {asked:,} 个问题，答复不同 {differing:,} 个。",
            f"{asked:,} questions asked again, {differing:,} answered otherwise.",
        )
    )
    raise typer.Exit(1 if differing and rules_on is None else 0)


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def seal_and_sign() -> str:
    """Seal what waits and sign the days that are over; why signing failed, if it did."""
    from arrears.evidence import actions
    from arrears.evidence.keys import UnableToSign
    from arrears.kernel import clock

    actions.seal()
    try:
        actions.close_days(before=clock.today(), now=clock.wall_now())
    except UnableToSign as trouble:
        return str(trouble)
    return ""


@contextmanager
def sealer_at_work() -> Iterator[None]:
    """A thread that seals what was told, every few seconds, until the block ends."""
    enough = threading.Event()
    worker = threading.Thread(target=_seal_until, args=(enough,), name="sealer", daemon=True)
    worker.start()
    try:
        yield
    finally:
        enough.set()
        worker.join(timeout=10)


def _seal_until(enough: threading.Event) -> None:
    import logging

    from django.db import DatabaseError, connection

    log, said = logging.getLogger("arrears"), ""
    while not enough.is_set():
        try:
            trouble = seal_and_sign()
            if trouble and trouble != said:
                log.warning("evidence: %s", trouble)
            said = trouble
        except DatabaseError:  # the server went away: what was told waits, and is sealed next time
            log.exception("sealing paused: the database did not answer")
        finally:
            connection.close()
        enough.wait(SEALING_SECONDS)
