"""Every command the documents show exists."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from arrears.cli.app import app

ROOT = Path(__file__).resolve().parents[3]
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
SHOWN = re.compile(r"^\s*(?:\./go|arrears)\s+([^#\n|>]+)", re.MULTILINE)


def commands_in(document: Path) -> list[list[str]]:
    blocks = re.findall(r"```(?:sh|console|bash)\n(.*?)```", document.read_text("utf-8"), re.DOTALL)
    return [line.split() for block in blocks for line in SHOWN.findall(block.replace("$ ", ""))]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_shown_exists(document: Path) -> None:
    for words in commands_in(document):
        command = get_command(app)
        for word in words:
            inner = getattr(command, "commands", None)
            if inner is None or word.startswith("-"):
                break
            assert word in inner, f"{document.name}: `{' '.join(words)}`: no command {word!r}"
            command = inner[word]
        options = {flag for parameter in command.params for flag in parameter.opts}
        shown = {word.partition("=")[0] for word in words if word.startswith("--")}
        if not command.context_settings.get("ignore_unknown_options"):
            assert shown <= options | {"--help"}, f"{document.name}: `{' '.join(words)}`: {shown - options}"
