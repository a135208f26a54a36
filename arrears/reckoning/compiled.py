"""fold.py compiled by numba, for the night. Imported only where millions are reckoned.

The functions are the ones Python interprets; only the `note_...` hooks become nothing.
A sheet is reached through a bare pointer: numba's arrays carry a reference count, and
counting it at every call would cost more than the arithmetic.

Compiling takes some seconds and is kept on disk: in the user's cache, else in
ARREARS_HOME, else in the temporary folder, under a name made from these sources, so that a
changed source never meets an old compilation. Where nothing can be written, every
process compiles for itself.
"""

import hashlib
import inspect
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numba.core import cgutils, types
from numba.extending import intrinsic, overload, register_jitable

from arrears.reckoning import fold as f


def _cache_folder() -> Path | None:
    """The first folder that can be written, made if need be."""
    for base in _cache_bases():
        folder = base / "numba" / _fingerprint()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    return None


def _cache_bases() -> Iterator[Path]:
    yield Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "arrears"
    if home := os.environ.get("ARREARS_HOME"):
        yield Path(home) / "cache"
    yield Path(tempfile.gettempdir()) / f"arrears-cache-{os.getuid()}"


def _fingerprint() -> str:
    sources = b"".join(Path(name).read_bytes() for name in (f.__file__, __file__))
    versions = f"{numba.__version__} {np.__version__} {sys.version_info}".encode()
    return hashlib.sha256(sources + versions).hexdigest()[:16]


def _do_nothing(*_given: Any) -> Any:
    def nothing(*_given: Any) -> None:
        pass

    return nothing


def _prepare() -> None:
    for name, function in inspect.getmembers(f, inspect.isfunction):
        if name.startswith("note_"):
            overload(function)(_do_nothing)
        else:
            register_jitable(function)


_folder = _cache_folder()
if _folder and not os.environ.get("NUMBA_CACHE_DIR"):
    numba.config.CACHE_DIR = str(_folder)
_prepare()
compiled = numba.njit(cache=_folder is not None, nogil=True)


@intrinsic  # type: ignore[misc]
def pointer(_context: Any, array: Any) -> Any:
    """Where the array's numbers begin. The caller keeps the array alive."""

    def codegen(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return cgutils.create_struct_proxy(array)(context, builder, arguments[0]).data

    return types.CPointer(array.dtype)(array), codegen


@compiled  # type: ignore[misc]
def fold_sheet(sheet: Any) -> None:
    """`fold.fold` on an int64 array, changed in place."""
    f.fold(pointer(sheet), None)
