"""Python's search for cycles among objects, kept from walking what it need not walk."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def what_stands_stays() -> Iterator[None]:
    """What is there now is not walked again and again: with all that was set up, a pause of 0.1 s each."""
    if gc.get_freeze_count():
        yield
        return
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


@contextmanager
def not_searched() -> Iterator[None]:
    """No search at all meanwhile: for work that makes much and no cycles."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
