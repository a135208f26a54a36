"""What is this file? Told by its mapping, its name or its columns; never guessed twice."""

import difflib
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from django.conf import settings

from arrears.intake.checking import Target, bind
from arrears.intake.columns import BOOK, Layout, layouts
from arrears.intake.lines import UnableToRead
from arrears.intake.mapping import BankMapping, own_columns
from arrears.intake.sources import SUFFIXES, Source, open_source
from arrears.kernel.trouble import Place
from arrears.rulebook import terms
from arrears.rulebook.documents import read_document

SHIPPED = Path(__file__).parent / "mappings"
MAPPING_IN_FOLDER = "mapping.yaml"
_OURS = BankMapping.model_construct(title="our own columns")


@dataclass(frozen=True, slots=True)
class Input:
    """One file and the tables its lines make rows for."""

    source: Source
    targets: tuple[Target, ...]


@dataclass(frozen=True)
class Plan:
    """What is about to be taken in."""

    path: Path
    inputs: tuple[Input, ...]
    mapping: str  # its name, "" for our own columns
    mapping_text: str

    @property
    def is_for_payments(self) -> bool:
        """Whether these are payments rather than a card book."""
        return self.inputs[0].targets[0].layout.name == "payments"

    @cached_property
    def digest(self) -> str:
        """Of the contents and the mapping; file names do not matter, what they are read as does."""
        said = sorted(
            (entry.source.survey.sha256, [target.layout.name for target in entry.targets])
            for entry in self.inputs
        )
        return hashlib.sha256(repr((said, self.mapping_text)).encode()).hexdigest()


def plan(path: Path, *, mapping: str | Path | None = None) -> Plan:
    """What `path` (a file or a folder) holds. Raises UnableToRead or WrongConfiguration, having taken nothing."""
    files = list(_files(path))
    beside = path / MAPPING_IN_FOLDER
    given = mapping or (beside if beside.is_file() else None)
    if given:
        name, document = find_mapping(given)
        return _planned(path, [_by_mapping(file, document) for file in files], name, document)
    found = [_recognise(file) for file in files]
    names = sorted({name for _, name, _ in found if name})
    if len(names) > 1:
        raise UnableToRead(
            f"holds files of several mappings: {', '.join(names)}",
            do="Take them in one by one.",
            at=Place(str(path)),
        )
    used = next(((name, own) for _, name, own in found if name), ("", None))
    return _planned(path, [entry for entry, _, _ in found], *used)


def _planned(path: Path, inputs: list[Input], name: str, document: BankMapping | None) -> Plan:
    kinds = {target.layout.name == "payments" for entry in inputs for target in entry.targets}
    if len(kinds) > 1:
        raise UnableToRead(
            "holds payments beside a card book", do="Take the payments in by themselves.", at=Place(str(path))
        )
    order = {layout: at for at, layout in enumerate((*BOOK, "payments"))}
    inputs.sort(key=lambda entry: (order[entry.targets[0].layout.name], entry.source.path.name))
    return Plan(path, tuple(inputs), name, document.model_dump_json() if document else "")


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    found = [file for file in sorted(path.iterdir()) if not file.name.startswith(".")]
    for file in found:
        if file.suffix.lower() in SUFFIXES:
            yield file
        elif file.suffix.lower() not in {".md", ".yaml", ".yml"}:
            raise UnableToRead(
                "is neither CSV nor Parquet",
                do="Take it out of the folder, or convert it.",
                at=Place(str(file)),
            )
    if not any(file.suffix.lower() in SUFFIXES for file in found):
        raise UnableToRead("holds no CSV or Parquet file", do="Look at docs/intake.md.", at=Place(str(path)))


def our_layouts() -> dict[str, Layout]:
    """Our tables, with the products the rule book knows today."""
    return layouts(known_products())


def known_products() -> frozenset[str]:
    """Products with card terms in the rule book."""
    return frozenset(terms.products())


def find_mapping(given: str | Path) -> tuple[str, BankMapping]:
    """(name, mapping): a path, or the name of one in ARREARS_HOME/mappings or of one we ship."""
    path = Path(given)
    if path.suffix in {".yaml", ".yml"} or path.is_file():
        return path.stem, read_document(path, BankMapping)
    known = dict(_known_mappings())
    if str(given) in known:
        found: BankMapping = read_document(known[str(given)], BankMapping)
        return str(given), found
    near = difflib.get_close_matches(str(given), known, n=1)
    raise UnableToRead(
        f"no mapping is called {str(given)!r}",
        do=f"Did you mean {near[0]!r}?" if near else f"Give a YAML file, or one of: {', '.join(known)}.",
    )


def _known_mappings() -> Iterator[tuple[str, Path]]:
    for folder in (SHIPPED, Path(settings.HOME) / "mappings"):
        for file in sorted(folder.glob("*.yaml")):
            yield file.stem, file


def _by_mapping(file: Path, document: BankMapping) -> Input:
    tables = document.tables_of(file.name)
    if not tables:
        patterns = ", ".join(sorted({table.files for table in document.tables}))
        raise UnableToRead(
            "is not among the files of the mapping", do=f"It reads {patterns}.", at=Place(str(file))
        )
    source = open_source(file, encoding=document.encoding, delimiter=document.delimiter)
    for name in sorted(document.columns_of(file.name) - set(source.header)):
        raise _no_such_column(source, name, source.header, "the mapping reads")
    ours = our_layouts()
    return Input(source, tuple(bind(table, ours[table.table], document) for table in tables))


def _no_such_column(source: Source, name: str, known: Iterable[str], who: str) -> UnableToRead:
    near = difflib.get_close_matches(name, list(known), n=1)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    return UnableToRead(
        f"has no column {name!r}, which {who}",
        do=f"{hint}Its columns are: {', '.join(source.header)}.",
        at=Place(str(source.path), source.header_lines or None),
    )


def _recognise(file: Path) -> tuple[Input, str, BankMapping | None]:
    source, ours = open_source(file), our_layouts()
    layout = ours.get(_table_named(file.stem, ours) or "")
    if layout is None or not _has_our_columns(source, layout):
        for name, path in _known_mappings():
            document: BankMapping = read_document(path, BankMapping)
            if document.fits(list(source.header), file.name):
                return _by_mapping(file, document), name, document
    if layout is None:
        fitting = [one for one in ours.values() if _has_our_columns(source, one)]
        if len(fitting) != 1:
            raise UnableToRead(
                "is no table known by its name, its columns or a mapping",
                do="Name it after its table (docs/intake.md), or draft a mapping: `arrears intake describe FILE`. "
                f"Its columns are: {', '.join(source.header)}.",
                at=Place(str(file)),
            )
        layout = fitting[0]
    _refuse_other_columns(source, layout)
    return Input(source, (bind(own_columns(layout, list(source.header)), layout, _OURS),)), "", None


def _table_named(stem: str, ours: Iterable[str]) -> str | None:
    """`postings`, `postings-2026-10` and `postings_2` are postings."""
    return next((name for name in ours if re.fullmatch(rf"{name}([-_. ].*|\d*)", stem, re.IGNORECASE)), None)


def _has_our_columns(source: Source, layout: Layout) -> bool:
    needed = {column.name for column in layout.columns if column.required}
    return needed <= set(source.header) <= {column.name for column in layout.columns}


def _refuse_other_columns(source: Source, layout: Layout) -> None:
    ours = [column.name for column in layout.columns]
    for name in source.header:
        if name not in ours:
            near = difflib.get_close_matches(name, ours, n=1)
            hint = f"Did you mean {near[0]!r}? " if near else ""
            raise UnableToRead(
                f"has a column {name!r} that {layout.name} do not have",
                do=f"{hint}They have: {', '.join(ours)}. A mapping may leave columns out.",
                at=Place(str(source.path), source.header_lines or None),
            )
    for column in layout.columns:
        if column.required and column.name not in source.header:
            raise _no_such_column(source, column.name, source.header, f"{layout.name} need")
