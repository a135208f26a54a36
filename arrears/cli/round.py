"""`arrears round`: the day's round, with its progress and a summary a manager understands."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from arrears.cli.bars import Bars
from arrears.cli.language import language, say
from arrears.kernel.money import Money
from arrears.kernel.words import Words

if TYPE_CHECKING:
    from arrears.daily.types import RoundReport

REHEARSAL_HOUR = time(10, 0)


def add_to(app: typer.Typer) -> None:
    """Join the command line."""
    app.command(name="round")(hold)


def hold(
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day; today if left out.")
    ] = None,
    leave_gap: Annotated[bool, typer.Option(help="Do not catch up missed days; start afresh.")] = False,
) -> None:
    """Hold the day's round: take in, reckon, classify, propose, clear, make contact.

    Missed days are caught up first, in order. Exit code 0 only if every promise held.
    """
    from arrears.cli.evidence import seal_and_sign
    from arrears.cli.ground import standing_ground

    with standing_ground():
        from arrears.daily.round import hold_rounds

        with _day(on.date() if on else None) as (day, now), Bars() as bars:
            reports = hold_rounds(on=day, now=now, tell=bars, leave_gap=leave_gap)
        unsigned = seal_and_sign()
    for report in reports:
        show(report)
    if unsigned:
        typer.echo(say("证据未签名：", "Evidence is not signed: ") + unsigned, err=True)
    raise typer.Exit(0 if all(report.whole for report in reports) else 1)


@contextmanager
def _day(on: date | None) -> Iterator[tuple[date, datetime]]:
    """The day and the moment: the wall clock today, ten in the morning of any other day."""
    from arrears.kernel import clock
    from arrears.kernel.days import at_clock

    if on is None or on == clock.today():
        yield clock.today(), clock.now()
        return
    with clock.standing_at(at_clock(on, REHEARSAL_HOUR, zone=clock.HOUSE_ZONE)):
        yield on, clock.now()


def show(report: "RoundReport") -> None:
    """Print one report."""
    console = Console()
    console.print(say(f"[bold]{report.on_date} 每日流程[/bold]", f"[bold]Round of {report.on_date}[/bold]"))
    console.print(_headline(report))
    console.print(_book(report))
    for table in (_flips(report), _proposals(report), _findings(report), _set_aside(report)):
        if table.row_count:
            console.print(table)
    _promises(report, console)


def _headline(report: "RoundReport") -> str:
    took = (report.closed_at or report.opened_at) - report.opened_at
    files = ", ".join(report.files_taken)
    return say(
        f"全部账户 {report.accounts:,}，其中逾期 {report.late:,}；本日进入案件 {report.entered:,}，"
        f"处理案件 {report.visited:,}，搁置 {len(report.set_aside):,}。"
        + (f"收取文件：{files}。" if files else ""),
        f"{report.accounts:,} accounts, {report.late:,} late; {report.entered:,} entered the casebook, "
        f"{report.visited:,} cases visited, {len(report.set_aside):,} set aside."
        + (f" Files taken in: {files}." if files else ""),
    ) + ("" if took < timedelta(seconds=1) else f" ({took.total_seconds():.0f} s)")


def _book(report: "RoundReport") -> Table:
    from arrears.kernel.money import Money

    table = Table(title=say("按账龄", "By bucket"), title_justify="left")
    for name in (
        say("账龄", "bucket"),
        say("币种", "currency"),
        say("账户", "accounts"),
        say("欠款", "owed"),
    ):
        table.add_column(name, justify="right" if name not in {"bucket", "账龄"} else "left")
    for bucket, currency, accounts, owed in report.buckets:
        table.add_row(bucket, currency, f"{accounts:,}", str(Money(owed, currency)))
    for months, accounts in report.months_late:
        label = say(f"银行口径：逾期 {months} 个月", f"as the bank says: {months} months late")
        table.add_row(label, "", f"{accounts:,}", "")
    return table


def _flips(report: "RoundReport") -> Table:
    table = Table(say("状态变化", "flips"), say("账户", "accounts"), title_justify="left")
    for before, after, count in report.flips:
        table.add_row(f"{before or say('新进', 'new')} → {after}", f"{count:,}")
    return table


FATES = {
    "sent": Words(zh="已发送", en="sent"),
    "planned": Words(zh="已放行，待其时段", en="cleared, waiting for its hour"),
    "refused": Words(zh="已拒绝", en="refused"),
    "deferred": Words(zh="已延后", en="deferred"),
    "withdrawn": Words(zh="已撤回", en="withdrawn"),
    "failed": Words(zh="发送失败", en="failed at the provider"),
}


def _proposals(report: "RoundReport") -> Table:
    table = Table(say("联系建议", "proposals"), say("数量", "count"), title_justify="left")
    for fate, words in FATES.items():
        if report.proposals.get(fate):
            table.add_row(words.said_in(language()), f"{report.proposals[fate]:,}")
    for rule, words, count in report.refusals[:12]:
        table.add_row(f"  {words.said_in(language())} [dim]({rule})[/dim]", f"{count:,}")
    return table


CAUSES = {
    "supplied": Words(zh="银行所报数据互相矛盾", en="the bank's own numbers contradict each other"),
    "day_count": Words(zh="计息天数算法不同", en="days counted differently"),
    "tolerance": Words(zh="容时容差处理不同", en="tolerance applied differently"),
    "allocation": Words(zh="还款冲抵顺序不同", en="payments allocated in another order"),
    "method": Words(zh="计息方式不同", en="full amount against unpaid part"),
    "compounding": Words(zh="复利处理不同", en="compounding differs"),
    "accrual_start": Words(zh="起息日不同", en="interest starts on another day"),
    "unknown": Words(zh="原因不明", en="no single cause explains it"),
}


def _findings(report: "RoundReport") -> Table:
    title = say("两个数字不一致，请人核对", "Numbers that disagree: a person must look")
    heads = (say("可能原因", "likely cause"), say("账户", "accounts"), say("相差合计", "differences in all"))
    table = Table(*heads, title=title, title_justify="left")
    for cause, accounts, cents, currency in report.findings:
        sum_shown = Money(cents, currency).with_symbol() if cents and currency else ""
        table.add_row(CAUSES.get(cause, CAUSES["unknown"]).said_in(language()), f"{accounts:,}", sum_shown)
    return table


def _set_aside(report: "RoundReport") -> Table:
    table = Table(say("搁置的账户", "accounts set aside"), say("原因", "reason"), title_justify="left")
    for account, why in report.set_aside[:10]:
        table.add_row(account, why)
    if len(report.set_aside) > 10:
        table.add_row("…", say(f"共 {len(report.set_aside)} 户", f"{len(report.set_aside)} in all"))
    return table


def _promises(report: "RoundReport", console: Console) -> None:
    for promise in report.promises:
        if promise.broken:
            mark, examples = say("未守住", "BROKEN"), ", ".join(promise.broken)
            console.print(f"[red]✗ {mark}[/red] {promise.words.said_in(language())}: {examples}")
    held = sum(not promise.broken for promise in report.promises)
    console.print(
        say(
            f"不变量 {held}/{len(report.promises)} 成立。", f"{held} of {len(report.promises)} promises held."
        )
    )
