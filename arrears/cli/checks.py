"""`arrears test`, `lint`, `types`, `contracts`: what every change has to pass."""

import os
import subprocess
import sys
from pathlib import Path

import typer

ROOT = Path(__file__).resolve().parents[2]


def add_to(app: typer.Typer) -> None:
    """Join the command line; `./go` installs the developer's packages for these."""
    passing_on = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
    app.command(context_settings=passing_on)(test)
    app.command()(lint)
    app.command()(types)
    app.command()(contracts)
    app.command()(check)
    app.command()(lock)


def test(context: typer.Context) -> None:
    """Run the tests (arguments go to pytest)."""
    workers = (
        [] if any(a.startswith("-n") for a in context.args) else ["-n", str(min(os.cpu_count() or 1, 8))]
    )
    _finish(_run("pytest", *workers, *context.args))


def lint() -> None:
    """ruff: style and common mistakes."""
    _finish(_run("ruff", "check", "."), _run("ruff", "format", "--check", "."))


def types() -> None:
    """mypy, strict."""
    _finish(_run("mypy", "arrears"))


def contracts() -> None:
    """The house's contracts: which room may import which."""
    lint_imports = Path(sys.executable).with_name("lint-imports")
    _finish(subprocess.run([str(lint_imports)], cwd=ROOT).returncode)


def check() -> None:
    """Everything but the tests: lint, types, contracts, migrations."""
    failed = [name for name in ("lint", "types", "contracts") if _itself(name)]
    failed += ["migrations"] if _itself("manage", "makemigrations", "--check", "--dry-run") else []
    typer.echo(f"failed: {', '.join(failed)}" if failed else "lint, types, contracts, migrations: all hold")
    raise typer.Exit(1 if failed else 0)


def lock() -> None:
    """Make the locks anew from pyproject.toml. Needs `uv`, a developer's tool; records no host."""
    plain = ["uv", "pip", "compile", "pyproject.toml", "--universal", "--python-version", "3.11"]
    hashed = [*plain, "--generate-hashes", "--no-emit-index-url", "--no-annotate", "--no-header", "--quiet"]
    for name, extras in {"run": [], "dev": ["--extra", "dev"], "spark": ["--extra", "spark"]}.items():
        same = [] if name == "run" else ["--constraint", "locks/run.txt"]
        subprocess.run([*hashed, *extras, *same, "--output-file", f"locks/{name}.txt"], cwd=ROOT, check=True)


def _itself(*arguments: str) -> int:
    return subprocess.run([sys.executable, "-m", "arrears", *arguments], cwd=ROOT).returncode


def _run(module: str, *arguments: str) -> int:
    # pytest-django would read the settings before conftest.py has a database for them.
    plain = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return subprocess.run([sys.executable, "-m", module, *arguments], cwd=ROOT, env=plain).returncode


def _finish(*codes: int) -> None:
    raise typer.Exit(max(codes))
