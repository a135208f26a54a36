"""Checks a bundle of records without the system that made it: `python3 check.py [FOLDER]`.

Only Python's standard library and the `openssl` command are needed; README.txt says in words
what is done here. Exit code 0: everything holds. 1: something does not, and is named. 2: the
signatures could not be checked because there is no openssl.
"""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

Root = dict[str, Any]


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def top_of(hash_: bytes, index: int, count: int, path: list[bytes]) -> bytes | None:
    """The top of the tree that this path leads to from leaf `index` of `count` (RFC 9162, 2.1.3.2)."""
    here, end, top = index, count - 1, sha256(b"\0" + hash_)
    for sibling in path:
        if end == 0:
            return None
        if here % 2 or here == end:
            top = sha256(b"\1" + sibling + top)
            while here % 2 == 0 and here:
                here, end = here // 2, end // 2
        else:
            top = sha256(b"\1" + top + sibling)
        here, end = here // 2, end // 2
    return top if end == 0 else None


def top_of_all(hashes: list[bytes]) -> bytes:
    """The top of the tree over all these hashes."""
    level = [sha256(b"\0" + each) for each in hashes] or [sha256(b"")]
    while len(level) > 1:
        pairs = [level[start : start + 2] for start in range(0, len(level), 2)]
        level = [sha256(b"\1" + b"".join(pair)) if len(pair) == 2 else pair[0] for pair in pairs]
    return level[0]


def check_files(folder: Path) -> list[str]:
    """Every file is there, as the manifest says, and no other."""
    files = json.loads((folder / "manifest.json").read_text("utf-8"))["files"]
    there = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()} - {"manifest.json"}
    wrong = [f"{name}: not in the manifest" for name in sorted(there - set(files))]
    for name, digest in files.items():
        if name not in there:
            wrong.append(f"{name}: missing")
        elif sha256((folder / name).read_bytes()).hex() != digest:
            wrong.append(f"{name}: not the file that was delivered")
    return wrong


def read_roots(folder: Path) -> tuple[list[Root], list[str]]:
    """The days in order, each following the day before."""
    roots, wrong, before = [], [], None
    for file in sorted((folder / "roots").glob("*.json")):
        data = file.read_bytes()
        root = json.loads(data)
        if root["day"] != file.stem:
            wrong.append(f"roots/{file.name}: speaks of {root['day']}")
        if before is not None and root["previous"] != sha256(before[0]).hex():
            wrong.append(f"roots/{file.name}: does not follow the root of the day before")
        if before is not None and root["first"] != before[1]["last"] + 1:
            wrong.append(f"roots/{file.name}: records between it and the day before are left out")
        roots.append(root)
        before = (data, root)
    return roots, wrong


def check_signatures(folder: Path, roots: list[Root]) -> list[str]:
    """Each root is signed with the key it names, and the key is the one it says it is."""
    wrong = []
    for root in roots:
        key, day = folder / "keys" / f"{root['key']}.pem", folder / "roots" / root["day"]
        der = subprocess.run(
            ["openssl", "pkey", "-pubin", "-in", str(key), "-outform", "DER"], capture_output=True
        ).stdout
        if sha256(der).hex() != root["key"]:
            wrong.append(f"keys/{key.name}: not the key its name says")
        signed = subprocess.run(
            ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(key), "-rawin", "-in",
             f"{day}.json", "-sigfile", f"{day}.sig"], capture_output=True
        )  # fmt: skip
        if signed.returncode != 0:
            wrong.append(f"roots/{root['day']}.sig: not a signature of the key {root['key']}")
    return wrong


def check_records(folder: Path, roots: list[Root]) -> tuple[list[str], int, int]:
    """Each record agrees with its hash, and its hash with the signed root of its day."""
    wrong: list[str] = []
    days: dict[str, list[bytes]] = {}
    count, unsigned, before = 0, 0, None
    with open(folder / "records.jsonl", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            position, hash_ = record["position"], bytes.fromhex(record["hash"])
            name = f"record {position}"
            count += 1
            if sha256(bytes.fromhex(record["previous"]) + sha256(record["body"].encode())) != hash_:
                wrong.append(f"{name}: changed, it does not agree with its hash")
            if before and position <= before["position"]:
                wrong.append(f"{name}: out of order")
            if before and position == before["position"] + 1 and record["previous"] != before["hash"]:
                wrong.append(f"{name}: does not follow the record before it")
            before = record
            root = next((r for r in roots if r["first"] <= position <= r["last"]), None)
            if root is None:
                unsigned += 1
            elif "path" in record:
                path = [bytes.fromhex(each) for each in record["path"]]
                top = top_of(hash_, position - root["first"], root["count"], path)
                if top is None or top.hex() != root["tree"]:
                    wrong.append(f"{name}: is not in the signed root of {root['day']}")
            else:
                days.setdefault(root["day"], []).append(hash_)
    for root in roots:
        hashes = days.get(root["day"])
        if hashes and (len(hashes) != root["count"] or top_of_all(hashes).hex() != root["tree"]):
            wrong.append(f"{root['day']}: its records are not those of the signed root")
    return wrong, count, unsigned


def main(folder: Path) -> int:
    wrong = check_files(folder)
    try:
        roots, more = read_roots(folder)
        of_records, count, unsigned = check_records(folder, roots)
    except (ValueError, KeyError, TypeError, OSError) as problem:
        wrong.append(f"not readable: {problem!r}")
        roots, more, of_records, count, unsigned = [], [], [], 0, 0
    openssl = shutil.which("openssl") is not None
    wrong += more + of_records + (check_signatures(folder, roots) if openssl else [])
    for each in wrong:
        print(f"WRONG  {each}")
    print(f"{count} records, {len(roots)} signed days, {unsigned} records not signed yet")
    for key in sorted({root["key"] for root in roots}):
        print(f"key {key}: compare it with the fingerprint the institution gave you")
    if not openssl:
        print("the signatures were NOT checked: there is no openssl command here")
    print("does not hold" if wrong else "holds")
    return 1 if wrong else 0 if openssl else 2


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent))
