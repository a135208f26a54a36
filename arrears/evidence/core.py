"""The arithmetic of proof, all of it: a chain over the records, a tree over each day.

Chain: hash = SHA-256(previous hash, 32 bytes, followed by SHA-256 of the body's UTF-8 bytes);
the first record's previous hash is 32 zero bytes. Tree: the Merkle tree of RFC 9162, section
2.1, over the hashes of a day's records; a path of it proves one record of a million in 20
hashes, without showing any other.
"""

import json
from collections.abc import Iterable
from hashlib import sha256

from arrears.evidence.types import in_order

BEGINNING = bytes(32)


def link(previous: bytes, body: str) -> bytes:
    """The hash of a record with this body that follows `previous`."""
    return sha256(previous + sha256(body.encode()).digest()).digest()


def levels(hashes: Iterable[bytes]) -> list[bytes]:
    """The day's tree from its leaves up, each level as one string of 32-byte hashes.

    A hash without a sibling rises as it is. Of no hashes at all, the tree is SHA-256 of nothing.
    """
    level = b"".join(sha256(b"\0" + each).digest() for each in hashes) or sha256(b"").digest()
    found = [level]
    while len(level) > 32:
        level = b"".join(
            sha256(b"\1" + pair).digest() if len(pair) == 64 else pair
            for pair in (level[start : start + 64] for start in range(0, len(level), 64))
        )
        found.append(level)
    return found


def path(tree: list[bytes], index: int) -> list[bytes]:
    """The siblings that lead from leaf `index` (from 0) to the top, lowest first."""
    siblings = []
    for level in tree[:-1]:
        sibling = level[32 * (index ^ 1) : 32 * (index ^ 1) + 32]
        siblings += [sibling] if sibling else []
        index //= 2
    return siblings


def statement_digest(statement: str | None) -> str:
    """What the next day's statement says of this one, in hex; zeros before the first."""
    return sha256(statement.encode()).hexdigest() if statement else BEGINNING.hex()


def statement(
    *,
    day: str,
    zone: str,
    institution: str,
    first: int,
    last: int,
    last_hash: bytes,
    tree: bytes,
    previous: str | None,
    key: str,
    signed_at: str,
) -> str:
    """What is signed at the end of a day. first > last: nothing was sealed that day."""
    return in_order(
        {
            "count": last - first + 1,
            "day": day,
            "first": first,
            "institution": institution,
            "key": key,
            "kind": "arrears daily root 1",
            "last": last,
            "last_hash": last_hash.hex(),
            "previous": statement_digest(previous),
            "signed_at": signed_at,
            "tree": tree.hex(),
            "zone": zone,
        }
    )


def end_of(statement: str | None) -> tuple[int, bytes]:
    """Where a day's statement says the chain ended; (0, zeros) before the first day."""
    if statement is None:
        return 0, BEGINNING
    said = json.loads(statement)
    return said["last"], bytes.fromhex(said["last_hash"])
