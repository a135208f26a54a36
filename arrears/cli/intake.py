"""`arrears intake ...`: files in."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from arrears.cli.bars import Bars
from arrears.cli.language import language, say
from arrears.kernel.words import Words

if TYPE_CHECKING:
    from arrears.intake.types import (
        BookTaken,
        FileRead,
        PaymentsTaken,
        Reject,
        StatementsTaken,
        StatementTaken,
        Version,
    )

group = typer.Typer(help="Files in: card books and payments.", no_args_is_help=True)
Mapping = Annotated[
    str | None,
    typer.Option(help="A mapping for the bank's own columns: a YAML file, or the name of a known one."),
]
SHOWN_REJECTS = 10


def add_to(app: typer.Typer) -> None:
    """Join the command line."""
    app.add_typer(group, name="intake")


@group.command()
def book(
    path: Annotated[Path, typer.Argument(help="A CSV or Parquet file, or a folder of them.")],
    mapping: Mapping = None,
) -> None:
    """Take in a card book. Rows that cannot be taken are set aside with their reasons."""
    from arrears.cli.ground import standing_ground

    with standing_ground():
        from arrears.daily import actions as daily
        from arrears.intake import actions
        from arrears.kernel import clock

        now = clock.now()
        with Bars() as bars:
            taken = actions.take_book(path=path, mapping=mapping, now=now, tell=bars)
        waited = actions.match_waiting(now=now) if not taken.changes_nothing else ()
        daily.settle(account_refs=taken.touched, now=now, because=daily.NEWS)
        daily.settle(account_refs=waited, now=now)
        _show_book(taken, waited)
    raise typer.Exit(0 if taken.reconciles else 1)


@group.command()
def payments(
    path: Annotated[Path, typer.Argument(help="A CSV or Parquet file of payments.")], mapping: Mapping = None
) -> None:
    """Take in payments: each is applied to its account, or kept unmatched with the reason."""
    from arrears.cli.ground import standing_ground

    with standing_ground():
        from arrears.daily import actions as daily
        from arrears.intake import actions
        from arrears.kernel import clock

        now = clock.now()
        with Bars() as bars:
            taken = actions.take_payments(path=path, mapping=mapping, now=now, tell=bars)
        daily.settle(account_refs=taken.touched, now=now)
        _show_payments(taken)
    raise typer.Exit(0 if taken.reconciles else 1)


@group.command()
def statement(
    path: Annotated[Path, typer.Argument(help="A bank statement (camt.053, camt.054, MT940), or a folder.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen; keep nothing.")] = False,
) -> None:
    """Take in bank statements: one that adds up is booked, any other is flagged with the sum that is off."""
    from arrears.cli.ground import standing_ground

    with standing_ground():
        from arrears.daily import actions as daily
        from arrears.intake import actions
        from arrears.kernel import clock

        now = clock.now()
        taken = actions.take_statements(path=path, now=now, dry_run=dry_run)
        if not dry_run:
            daily.settle(account_refs=taken.touched, now=now)
        _show_statements(taken, dry_run=dry_run)


@group.command()
def remittance(
    path: Annotated[Path, typer.Argument(help="The agency's breakdown: CSV with account and amount.")],
    money: Annotated[str, typer.Option(help="The name of the unmatched money it makes up.")],
) -> None:
    """Share one sum of an agency out to its accounts; the breakdown must make it up to the cent."""
    from arrears.cli.ground import standing_ground

    with standing_ground():
        from arrears.daily import actions as daily
        from arrears.intake import actions
        from arrears.kernel import clock

        now = clock.now()
        shared = actions.share_out(path=path, money_ref=money, now=now)
        daily.settle(account_refs=shared.touched, now=now)
    typer.echo(
        say(
            f"{shared.parts} 笔：已匹配 {shared.matched}，待匹配 {shared.unmatched}",
            f"{shared.parts} parts: {shared.matched} matched, {shared.unmatched} unmatched",
        )
    )


@group.command()
def debits(
    on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day of the collection.")],
    out: Annotated[Path, typer.Option(help="Where to write the file.")],
    version: Annotated[str, typer.Option(help="02 or 08: pain.008.001.02 or .08.")] = "08",
) -> None:
    """Write the day's direct debits for the bank: what is due, once an account and day."""
    from arrears.cli.ground import standing_ground

    if version not in {"02", "08"}:
        raise typer.BadParameter("02 or 08", param_hint="--version")
    with standing_ground():
        from arrears.daily import debiting
        from arrears.kernel import clock

        made = debiting.collect_debits(on=on.date(), version=cast("Version", version), now=clock.now())
        for one in made.refused:
            typer.echo(f"  {one.account_ref}: {say(one.words.zh, one.words.en)}")
        if not made.count:
            typer.echo(say("没有可扣款项，未生成文件。", "Nothing is to be collected; no file was written."))
            return
        out.write_bytes(made.content)
    sums = ", ".join(f"{amount} {currency}" for currency, amount in made.sums.items())
    again = say("（此前已生成，内容不变）", " (made before; unchanged)") if made.again else ""
    typer.echo(
        say(f"{made.name}：{made.count} 笔，{sums}{again}", f"{made.name}: {made.count}, {sums}{again}")
    )


@group.command("debit-answer")
def debit_answer(
    path: Annotated[Path, typer.Argument(help="A status report (pain.002) of the bank.")],
) -> None:
    """Take what the bank says of a debit file: what it rejected is owed as before, with its reason."""
    from arrears.cli.ground import standing_ground

    with standing_ground():
        from arrears.daily import actions as daily
        from arrears.intake import actions
        from arrears.kernel import clock

        now = clock.now()
        taken = actions.take_answer(path=path, now=now)
        daily.settle(account_refs=taken.touched, now=now, because=daily.TOLD)
    typer.echo(
        say(
            f"{taken.message}：拒绝 {taken.rejected}，此前已知 {taken.known_before}，接受 {taken.accepted}",
            f"{taken.message}: {taken.rejected} rejected, {taken.known_before} known before, {taken.accepted} accepted",
        )
    )
    for name in taken.unknown:
        typer.echo(say(f"  不是我方扣款：{name}", f"  no collection of ours: {name}"))


@group.command()
def describe(
    path: Annotated[Path, typer.Argument(help="A file in a bank's own columns.")],
    out: Annotated[
        Path | None, typer.Option(help="Where to write the draft; the terminal if left out.")
    ] = None,
) -> None:
    """Draft a mapping for a file: what it seems to be, and what is unsure."""
    import django

    django.setup()  # no database is needed
    from arrears.intake import actions

    draft = actions.describe(path=path)
    if out is None:
        typer.echo(draft, nl=False)
        return
    out.write_text(draft, "utf-8")
    typer.echo(say(f"已写入 {out}；核对后：", f"written to {out}; once checked:"))
    typer.echo(f"  arrears intake book {path} --mapping {out}")


@group.command()
def rejects(
    number: Annotated[int | None, typer.Argument(help="The delivery; the latest if left out.")] = None,
    most: Annotated[int, typer.Option(help="How many to show.")] = 50,
) -> None:
    """List what was set aside, with the reasons."""
    from arrears.cli.ground import standing_ground

    with standing_ground():
        from arrears.intake import queries

        deliveries = queries.latest_with_rejects()
        chosen = next((one for one in deliveries if number in {None, one.pk}), None)
        if chosen is None:
            typer.echo(say("没有被搁置的行。", "Nothing was set aside."))
            return
        console = _console()
        console.print(f"{chosen.pk}  {chosen.source}\n{queries.rejects_path(chosen)}")
        for one in queries.rejects_of(chosen.pk, limit=most):
            console.print(_told(one))


@group.command()
def doubts(
    settle: Annotated[str | None, typer.Option(help="An account a person has looked at.")] = None,
    because: Annotated[str, typer.Option(help="What was found.")] = "",
    by: Annotated[str, typer.Option(help="Who looked.")] = "",
) -> None:
    """List accounts that stand aside because rows of them were set aside; or let one go on."""
    from arrears.cli.ground import standing_ground

    with standing_ground():
        from arrears.intake import actions, queries
        from arrears.kernel import clock

        console = _console()
        if settle:
            count = actions.settle_doubt(account_ref=settle, because=because, by=by, now=clock.now())
            console.print(say(f"{settle}：{count} 行不再存疑", f"{settle}: {count} rows settled"))
            return
        for one in queries.doubts_standing():
            console.print(f"{one.account}  {one.table} {one.record}  {one.origin}  {say(one.zh, one.en)}")


def _console() -> Console:
    return Console(markup=False, highlight=False)  # what files say is never taken for markup


def _show_book(taken: "BookTaken", waited: Sequence[str]) -> None:
    console = _console()
    console.print(_headline(taken.number, taken.source, taken.mapping, taken.seen_before))
    console.print(_files_table(taken.files))
    console.print(_counts_table(taken))
    if taken.changes_nothing and not taken.seen_before:
        console.print(
            say("内容均已在账册中，没有变化。", "All of it was in the book already: nothing changed.")
        )
    if waited:
        told = f"{len(waited):,}"
        console.print(
            say(
                f"{told} 个账户收到了此前未能匹配的款项。", f"{told} accounts received money that had waited."
            )
        )
    _show_rejects(console, taken.rejects_file)


def _show_payments(taken: "PaymentsTaken") -> None:
    console = _console()
    console.print(_headline(taken.number, taken.source, taken.mapping, taken.seen_before))
    console.print(_files_table(taken.files))
    columns = {
        say("读入", "read"): taken.read,
        say("已入账", "matched"): taken.matched,
        say("待匹配", "unmatched"): taken.unmatched,
        say("此前已有", "known before"): taken.unchanged,
        say("搁置", "set aside"): taken.set_aside,
    }
    table = _table(tuple(columns), left=0)
    table.add_row(*(f"{count:,}" for count in columns.values()))
    console.print(table)
    console.print(_reconciled(taken.reconciles))
    if taken.unmatched_refs:
        names = ", ".join(taken.unmatched_refs[:SHOWN_REJECTS])
        console.print(say(f"待人工匹配：{names}", f"To be matched by hand: {names}"))
    _show_rejects(console, taken.rejects_file)


def _show_statements(taken: "StatementsTaken", *, dry_run: bool) -> None:
    console = _console()
    for one in taken.statements:
        console.print(_statement_line(one), soft_wrap=True)
        for words in (*one.reasons, *one.notes):
            console.print(f"    {say(words.zh, words.en)}", soft_wrap=True)
    for refused in taken.refused:
        console.print(
            say(f"{refused.name}  拒收：", f"{refused.name}  refused: ") + refused.reason, soft_wrap=True
        )
    booked = sum(one.booked for one in taken.statements)
    flagged, no_statement = len(taken.statements) - booked, len(taken.refused)
    console.print(
        say(
            f"{len(taken.statements)} 份对账单：已入账 {booked}，待查 {flagged}；不是对账单的文件 {no_statement}",
            f"{len(taken.statements)} statements: {booked} booked, {flagged} flagged; {no_statement} files hold none",
        )
    )
    if dry_run:
        console.print(say("试运行：没有保存任何内容。", "A dry run: nothing was kept."))


def _statement_line(one: "StatementTaken") -> str:
    counts = one.counts
    state = say("已入账", "booked") if one.booked else say("待查", "flagged")
    off = say(f"，相差 {one.off}", f", {one.off} off") if not one.booked and one.off else ""
    known = say(f"，此前已知 {counts['known_before']}", f", {counts['known_before']} known before")
    return "  ".join(
        (
            f"{one.file}:{one.line}",
            one.account or "-",
            one.number or "-",
            f"{one.from_date or '?'}..{one.to_date or '?'}",
            f"{one.opening or '?'} +{one.credits} {one.debits} = {one.closing or '?'} {one.currency}",
            f"{state}{off}",
            say(f"已匹配 {counts['matched']}", f"{counts['matched']} matched"),
            say(f"待匹配 {counts['unmatched']}", f"{counts['unmatched']} unmatched")
            + (known if counts["known_before"] else ""),
        )
    )


def _headline(number: int, source: str, mapping: str, seen_before: bool) -> str:
    by = say(f"，按映射 {mapping}", f", by the mapping {mapping}") if mapping else ""
    if seen_before:
        return say(
            f"{source} 此前已收取（第 {number} 批{by}），没有任何变化。当时的数字：",
            f"{source} was taken in before (delivery {number}{by}): nothing changed. The figures of then:",
        )
    return say(f"第 {number} 批：{source}{by}", f"Delivery {number}: {source}{by}")


def _files_table(files: Sequence["FileRead"]) -> Table:
    headed = (
        say("文件", "file"), say("编码", "encoding"), say("记录", "records"),
        say("搁置", "set aside"), say("跳过", "passed over"),
    )  # fmt: skip
    table = _table(headed, left=2)
    for file in files:
        table.add_row(
            file.name, file.encoding, *(f"{n:,}" for n in (file.read, file.set_aside, file.passed_over))
        )
    return table


def _counts_table(taken: "BookTaken") -> Table:
    headed = (
        say("表", "table"), say("读入", "read"), say("收下", "taken"), say("新增", "new"),
        say("变更", "changed"), say("未变", "unchanged"), say("搁置", "set aside"),
    )  # fmt: skip
    table = _table(headed, left=1, caption=_reconciled(taken.reconciles))
    for name, count in taken.counts.items():
        figures = (count.read, count.taken, count.new, count.changed, count.unchanged, count.set_aside)
        table.add_row(TABLES[name].said_in(language()), *(f"{figure:,}" for figure in figures))
    return table


TABLES = {
    "customers": Words(zh="客户 customers", en="customers"),
    "contact_points": Words(zh="联系方式 contact_points", en="contact_points"),
    "accounts": Words(zh="账户 accounts", en="accounts"),
    "postings": Words(zh="交易 postings", en="postings"),
    "statements": Words(zh="账单 statements", en="statements"),
    "balances": Words(zh="余额 balances", en="balances"),
    "lateness": Words(zh="逾期情况 lateness", en="lateness"),
}


def _table(headed: Sequence[str], *, left: int, caption: str = "") -> Table:
    table = Table(caption=caption or None, caption_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for at, name in enumerate(headed):
        is_figure = at >= left
        table.add_column(name, justify="right" if is_figure else "left", no_wrap=is_figure)
    return table


def _reconciled(holds: bool) -> str:
    if holds:
        return say("✓ 读入 = 收下 + 搁置", "✓ read = taken + set aside")
    return say("✗ 数字对不上，请报告此问题", "✗ the counts do not reconcile: please report this")


def _show_rejects(console: Console, file: Path | None) -> None:
    if file is None:
        return
    from arrears.intake.queries import reasons_in

    headed = (
        say("代码", "code"),
        say("搁置的原因（例）", "set aside because, for instance"),
        say("行", "rows"),
    )
    table = _table(headed, left=2)
    for code, words, count in reasons_in(file):
        table.add_row(code, words.said_in(language()), f"{count:,}")
    console.print(table)
    console.print(say(f"逐行原因：{file}", f"Line by line: {file}"))


def _told(one: "Reject") -> str:
    """`accounts.csv:4 limit '1e400': is not an amount`."""
    what = f" {one.column} {one.value or ''!r}" if one.column else f" {one.value or ''!r}"
    return f"{one.file}:{one.line}{what}: {one.words.said_in(language())} ({one.code})"
