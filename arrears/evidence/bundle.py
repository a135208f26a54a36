"""A bundle: records, signed roots, public keys, and how to check them without us.

Of whole days every record is given. Of one customer, only theirs: each with its path in the
day's signed tree, so that nothing is shown of anybody else.
"""

import json
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import file_digest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings

from arrears.evidence import core, queries
from arrears.evidence.types import Record, Root, canonical
from arrears.kernel.trouble import Trouble

HERE = Path(__file__).parent


class UnableToExport(Trouble):
    """No bundle was written."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """What was written where. unsigned: records in it that no root covers yet."""

    place: Path
    records: int
    roots: int
    unsigned: int


def export(
    out: Path,
    *,
    customer_ref: str | None = None,
    first: date | None = None,
    last: date | None = None,
    now: datetime,
) -> Bundle:
    """Write a bundle of one customer's records, or of all records of these days, to `out`.

    out: a folder that is not there yet, or a name that ends in `.zip`. With a customer, the
    days narrow their records. Raises UnableToExport where something lies at `out` already.
    """
    if out.exists():
        raise UnableToExport(f"{out} is there already", do="Name another place, or remove it first.")
    with TemporaryDirectory(dir=out.parent if out.parent.is_dir() else None) as made:
        folder = Path(made) / "bundle"
        folder.mkdir()
        bundle = _write(folder, out, customer_ref, first, last, now)
        if out.suffix == ".zip":
            _zip(folder, out)
        else:
            shutil.move(folder, out)
    return bundle


def _write(
    folder: Path, out: Path, customer_ref: str | None, first: date | None, last: date | None, now: datetime
) -> Bundle:
    roots, (low, high) = queries.roots(), queries.positions(first=first, last=last)
    ends = [(said["first"], said["last"], root) for root in roots for said in [json.loads(root.statement)]]
    if customer_ref is None:  # every root that covers any of it is given whole
        here = [(start, end) for start, end, _ in ends if end >= low and start <= high and end >= start]
        low, high = min([low, *(s for s, _ in here)]), max([high, *(e for _, e in here)])
        lines = _run(low, high)
    else:
        lines = _of_customer([p for p in queries.positions_of(customer_ref) if low <= p <= high], ends)
    count = unsigned = 0
    lowest = highest = 0
    with open(folder / "records.jsonl", "w", encoding="utf-8") as file:
        for line in lines:
            file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
            lowest, highest, count = lowest or line["position"], line["position"], count + 1
            unsigned += not ends or line["position"] > ends[-1][1]
    covering = [root for start, end, root in ends if count and end >= lowest and start <= highest]
    _write_roots(folder, covering)
    shutil.copyfile(HERE / "check_bundle.py", folder / "check.py")
    shutil.copyfile(HERE / "bundle_readme.txt", folder / "README.txt")
    about = {"customer": customer_ref, "from": first, "to": last, "first": lowest, "last": highest}
    _write_manifest(folder, {"about": about, "records": count, "made_at": now})
    return Bundle(out, count, len(covering), unsigned)


def _run(low: int, high: int) -> Iterator[dict[str, Any]]:
    previous = queries.hash_at(low - 1)
    for record in queries.records(first=low, last=high):
        yield _line(record, previous)
        previous = record.hash


def _of_customer(positions: Sequence[int], ends: Sequence[tuple[int, int, Root]]) -> Iterator[dict[str, Any]]:
    tree: list[bytes] = []
    covered = (0, -1)
    for position in positions:
        (record,) = queries.records(first=position, last=position)
        line = _line(record, queries.hash_at(position - 1))
        if not covered[0] <= position <= covered[1]:
            covered = next(((s, e) for s, e, _ in ends if s <= position <= e), (0, -1))
            tree = core.levels(queries.hashes(first=covered[0], last=covered[1]))
        if covered[1] >= position:
            line["path"] = [each.hex() for each in core.path(tree, position - covered[0])]
        yield line


def _line(record: Record, previous: bytes) -> dict[str, Any]:
    return {
        "position": record.position,
        "previous": previous.hex(),
        "hash": record.hash.hex(),
        "body": record.body,
    }


def _write_roots(folder: Path, roots: Sequence[Root]) -> None:
    (folder / "roots").mkdir()
    (folder / "keys").mkdir()
    public = queries.public_keys()
    for root in roots:
        (folder / "roots" / f"{root.day}.json").write_bytes(root.statement.encode())
        (folder / "roots" / f"{root.day}.sig").write_bytes(root.signature)
        key = json.loads(root.statement)["key"]
        (folder / "keys" / f"{key}.pem").write_text(public[key])


def _write_manifest(folder: Path, told: dict[str, Any]) -> None:
    files = {
        path.relative_to(folder).as_posix(): _digest(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    whole = {"kind": "arrears evidence bundle 1", "institution": settings.INSTITUTION, **told, "files": files}
    (folder / "manifest.json").write_text(canonical(whole), "utf-8")


def _digest(file: Path) -> str:
    with open(file, "rb") as opened:
        return file_digest(opened, "sha256").hexdigest()


def _zip(folder: Path, out: Path) -> None:
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                bundle.write(path, path.relative_to(folder).as_posix())
