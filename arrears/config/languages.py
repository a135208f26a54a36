"""Translations are kept as .po text; the .mo files Django reads are made from them here."""

from pathlib import Path

import polib

PACKAGE = Path(__file__).resolve().parent.parent


def compile_translations() -> None:
    """Make every .mo that is missing or older than its .po."""
    for source in PACKAGE.glob("**/locale/*/LC_MESSAGES/*.po"):
        made = source.with_suffix(".mo")
        if not made.exists() or made.stat().st_mtime < source.stat().st_mtime:
            fresh = made.with_suffix(".mo.making")
            polib.pofile(str(source)).save_as_mofile(str(fresh))
            fresh.replace(made)
