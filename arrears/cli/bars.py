"""Progress bars on the terminal; quiet where the output is not one."""

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from arrears.cli.language import language
from arrears.kernel.words import Words


class Bars:
    """One bar for every part of a long job; what actions know as `Tell`."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self.progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self.task: TaskID | None = None

    def __enter__(self) -> "Bars":
        self.progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.stop()

    def begin(self, what: Words, total: int | None) -> None:
        """A part begins: the bar before it is full."""
        self.task = self.progress.add_task(what.said_in(language()), total=total)

    def advance(self, done: int) -> None:
        """So much more is done."""
        if self.task is not None:
            self.progress.advance(self.task, done)
