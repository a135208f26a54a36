"""Which language the command line speaks: ARREARS_LANGUAGE, else the terminal's locale."""

import functools
import os


@functools.cache
def language() -> str:
    """`zh` or `en`."""
    chosen = os.environ.get("ARREARS_LANGUAGE")
    locale = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh" if (chosen or locale).lower().startswith("zh") else "en"


def say(zh: str, en: str) -> str:
    """The sentence in the command line's language."""
    return zh if language() == "zh" else en
