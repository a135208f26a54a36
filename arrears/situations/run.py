"""Read situations, try them, print one line each.

`run_paths` for those who want the outcomes, `situations` for the command line.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, TextIO, Union

from pydantic import Discriminator, Tag

from arrears.kernel.trouble import Place, WrongConfiguration
from arrears.rulebook.documents import Document, read_document
from arrears.situations.kinds import KINDS
from arrears.situations.types import Kind, Outcome


def situations(paths: Sequence[Path | str], *, out: TextIO | None = None) -> int:
    """Try every situation in files and folders; prints one line each and the sum.

    Returns the exit code: 0 all hold, 1 some do not, 2 a file cannot be read.
    """
    out = out or sys.stdout
    try:
        outcomes = run_paths([Path(path) for path in paths])
    except WrongConfiguration as problem:
        print(problem, file=sys.stderr)
        return 2
    for outcome in outcomes:
        _print(outcome, out)
    failed = sum(not outcome.passed for outcome in outcomes)
    print(f"{len(outcomes) - failed} passed, {failed} failed", file=out)
    return 1 if failed else 0


def run_paths(paths: Sequence[Path]) -> list[Outcome]:
    """The outcome of every situation in `paths` (files, or folders of YAML), in order.

    All files are read before any is tried. Raises WrongConfiguration, naming file, entry
    and key, for one that cannot be read.
    """
    read = [(file, entry) for file in _files(paths) for entry in read_situations(file)]
    return [_tried(file, entry) for file, entry in read]


def read_situations(file: Path) -> list[Document]:
    """The situations of one file, each checked by its kind."""
    names = _names(file)
    try:
        entries: list[Document] = read_document(
            file,
            list[_any_kind()],  # type: ignore[misc]
            tags={kind.key for kind in KINDS},
        )
        return entries
    except WrongConfiguration as problem:
        raise _naming_entry(problem, names) from problem


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        found = sorted(_yaml_under(path)) if path.is_dir() else [path]
        if not found:
            raise WrongConfiguration(
                "holds no situations", do="Name a folder with *.yaml files.", at=Place(str(path))
            )
        yield from found


def _yaml_under(folder: Path) -> Iterator[Path]:
    for ending in ("*.yaml", "*.yml"):
        yield from (path for path in folder.rglob(ending) if path.is_file())


def _kind_of(entry: Any) -> str:
    """The key that tells the kind; the first kind's where there is none, so that it is missed by name."""
    keys = entry if isinstance(entry, dict) else getattr(entry, "__dict__", {})
    return next((kind.key for kind in KINDS if kind.key in keys), KINDS[0].key)


def _any_kind() -> Any:
    members = tuple(Annotated[kind.model, Tag(kind.key)] for kind in KINDS)
    if len(members) == 1:
        return KINDS[0].model
    return Annotated[Union[members], Discriminator(_kind_of)]  # noqa: UP007 - built at run time


def _names(file: Path) -> list[str]:
    entries: list[Any] = read_document(file, list[Any])
    return [str(entry.get("name", "")) if isinstance(entry, dict) else "" for entry in entries]


def _naming_entry(problem: WrongConfiguration, names: list[str]) -> WrongConfiguration:
    """The same refusal with the entry's name in place of its number."""
    numbered = re.match(r"(\d+)(?:\.|: )(.*)", problem.what, re.DOTALL)
    if not numbered or int(numbered[1]) >= len(names):
        return problem
    name = names[int(numbered[1])] or f"number {int(numbered[1]) + 1}"
    return WrongConfiguration(f"entry {name!r}: {numbered[2]}", do=problem.do, at=problem.at)


def _tried(file: Path, entry: Document) -> Outcome:
    kind: Kind = next(kind for kind in KINDS if isinstance(entry, kind.model))
    outcome = kind.attempt(entry)
    return Outcome(outcome.name, outcome.differences, outcome.reasons, file)


def _print(outcome: Outcome, out: TextIO) -> None:
    if outcome.passed:
        print(f"ok      {outcome.name}", file=out)
        return
    print(f"FAILED  {outcome.name}: {'; '.join(outcome.differences)}", file=out)
    for line in outcome.reasons:
        print(f"        {line}", file=out)
