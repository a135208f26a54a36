"""`arrears speech ...`: read a text before it leaves, measure the guard, learn its weights anew."""

import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from arrears.cli.language import language, say
from arrears.kernel import clock
from arrears.kernel.trouble import Trouble

if TYPE_CHECKING:
    from arrears.speech.measuring import Posts, Score
    from arrears.speech.types import Finding

group = typer.Typer(help="Words before they reach a customer, and after.", no_args_is_help=True)

Book = Annotated[str, typer.Option(help="The rule book: cn.card_issuer, us.third_party_collector ...")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="By the rules of this day.")]


def add_to(app: typer.Typer) -> None:
    """Join the command line."""
    app.add_typer(group, name="speech")


@group.command()
def check(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="A UTF-8 text; `-` reads what is piped in.")],
    to: Annotated[str, typer.Option(help="debtor or third_person.")] = "debtor",
    kept: Annotated[bool, typer.Option(help="A note or transcript, read after the fact.")] = False,
    book: Book = "cn.card_issuer",
    on: Day = None,
    lang: Annotated[str, typer.Option(help="Language of the answer: zh or en.")] = "",
) -> None:
    """file:line:column of each phrase, its kind, its rule, and a better sentence.

    Exit 0 where nothing stops the text, 1 where it must not be sent, 2 where it cannot be read.
    """
    from arrears.rulebook.speech import Hearer
    from arrears.speech import queries
    from arrears.speech.types import Setting

    if to not in get_args(Hearer):
        raise typer.BadParameter(f"{to!r}: debtor or third_person", param_hint="--to")
    try:
        text = _text(file)
        setting = Setting(to=to, stage="kept" if kept else "outgoing")  # type: ignore[arg-type]
        day = on.date() if on else clock.today()
        found = queries.read(text, book=book, on=day, setting=setting)
    except Trouble as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(2) from problem
    for finding in found:
        typer.echo(_line(file, text, finding, lang or language()))
    raise typer.Exit(1 if any(finding.stops for finding in found) else 0)


def _text(file: str) -> str:
    from arrears.kernel.trouble import Place, WrongConfiguration

    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return raw.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise WrongConfiguration(
            f"cannot be read: {problem}", do="Save it as UTF-8 text.", at=Place(file)
        ) from problem


def _line(file: str, text: str, finding: "Finding", lang: str) -> str:
    line = text.count("\n", 0, finding.start) + 1
    column = finding.start - text.rfind("\n", 0, finding.start)
    phrase = " ".join(finding.phrase.split())[:80]
    named = f"[{finding.kind}: {finding.title.said_in(lang)}] {finding.rule.id} ({finding.rule.reference})"
    better = f"    -> {finding.better.said_in(lang)}"
    return f"{file}:{line}:{column}: {finding.severity} “{phrase}” {named}\n{better}"


@group.command()
def measure(
    folder: Annotated[
        Path | None, typer.Argument(help="Holds COLD's dev.csv; left out, only the written sentences.")
    ] = None,
    trial: Annotated[
        str, typer.Option(help="held, fresh_held, stranger_held (never tuned on), or one used for tuning.")
    ] = "held",
    misses: Annotated[bool, typer.Option(help="Show each sentence read wrongly.")] = False,
) -> None:
    """Precision and recall per kind, and false alarms on posts that look offensive and are not."""
    from arrears.speech import measuring, training

    path = measuring.TRIAL / f"{trial}.txt"
    read = list(measuring.read_each(measuring.sentences(path), on=clock.today()))
    safe = [found for each, found in read if not each.kinds]
    wrong = [found for each, found in read if each.kinds]
    typer.echo(say("拦下", "stopped") + "\n" + _table(measuring.scores(read, stopped=True)))
    typer.echo("\n" + say("拦下或提示", "stopped or to be looked at") + "\n" + _table(measuring.scores(read)))
    typer.echo(
        say("无问题的句子", "harmless sentences") + f" {len(safe)}: "
        f"{sum(map(bool, safe))} {say('误报', 'found')}, {_stopped(safe)} {say('误拦', 'stopped')}"
    )
    typer.echo(
        say("有问题的句子", "wrong sentences") + f" {len(wrong)}: "
        f"{sum(map(bool, wrong))} {say('发现', 'found')}, {_stopped(wrong)} {say('拦下', 'stopped')}"
    )
    stops = _stopped(safe) + _stopped(wrong)
    typer.echo(
        say("被拦下的句子中确有问题的", "of the stopped sentences wrong ones") + f" {_stopped(wrong)}/{stops}"
    )
    for each, found in read if misses else ():
        if {finding.kind for finding in found} != each.kinds:
            named = ", ".join(f"{finding.kind} “{finding.phrase}”" for finding in found) or "-"
            typer.echo(f"{each.at}: {','.join(sorted(each.kinds)) or '-'} | {each.text} -> {named}")
    if folder:
        posts = measuring.against_posts(training.posts(folder / "dev.csv"), on=clock.today())
        typer.echo(_about_posts(posts))


def _stopped(found: Iterable[list["Finding"]]) -> int:
    return sum(any(finding.stops for finding in findings) for findings in found)


def _table(scores: Iterable["Score"]) -> str:
    def percent(share: float | None) -> str:
        return "-" if share is None else f"{share:.1%}"

    counts = say("对/误/漏", "right/wrong/missed")
    head = f"{'':12} {say('精确率', 'precision'):>9} {say('召回率', 'recall'):>9}  {counts}"
    rows = [
        f"{score.kind:12} {percent(score.precision):>9} {percent(score.recall):>9}"
        f"  {score.right}/{score.wrong}/{score.missed}"
        for score in scores
    ]
    return "\n".join([head, *rows])


def _about_posts(posts: "Posts") -> str:
    head = f"\nCOLD dev: {posts.count:,} posts, {posts.offending:,} offend"
    alarms = [
        f"{name:12} {count} of {posts.looking} safe posts that look offensive: {count / posts.looking:.1%}"
        for name, count in posts.false_alarms.items()
    ]
    return "\n".join([head, _table([posts.learned, posts.lexicon, posts.both]), *alarms])


@group.command()
def train(
    folder: Annotated[Path, typer.Argument(help="Holds COLD's train.csv.")],
    to: Annotated[
        Path | None, typer.Option(help="Where the weights go; left out, the shipped place.")
    ] = None,
) -> None:
    """Learn the weights on insults anew. Needs the `dev` extra; the same data make the same weights."""
    from arrears.speech import training

    about = training.train(folder, on=clock.today(), to=to or training.SHIPPED)
    typer.echo(f"look from {about.look_from} (precision {about.precision_aimed_at:.0%} aimed at)")


@group.command()
def train_likeness(
    posts: Annotated[Path, typer.Argument(help="Holds COLD's train.csv.")],
    questions: Annotated[Path, typer.Argument(help="Holds banking77's train.csv.")],
    to: Annotated[
        Path | None, typer.Option(help="Where the weights go; left out, the shipped place.")
    ] = None,
) -> None:
    """Learn anew what wrong sentences are like, from the trials used for tuning. Needs the `dev` extra."""
    from arrears.speech import training

    package = Path(__file__).resolve().parents[1]
    house = [*package.glob("contact/templates/contact/*.txt"), *package.glob("portal/locale/zh_Hans/*/*.po")]
    about = training.train_likeness(posts, questions, house, on=clock.today(), to=to or training.SHIPPED)
    typer.echo(f"look from {about.look_from} (false alarms {about.alarms_aimed_at:.0%} aimed at)")
