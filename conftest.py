"""One database for the whole test run: the embedded one in a folder of its own, or the
server DATABASE_URL names. It is started before Django looks at its settings."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent
_leaving: list = []


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Start the database in the main process; the workers inherit its address.

    The settings are read here and not named in pyproject: pytest-django would read them
    before the database has an address.
    """
    if not hasattr(config, "workerinput"):
        _start_database()
    os.environ["DJANGO_SETTINGS_MODULE"] = "arrears.config.settings"
    from django.conf import settings

    assert settings.DATABASES


def _start_database() -> None:
    home = tempfile.mkdtemp(prefix="arrears-test-")
    os.environ["ARREARS_HOME"] = home
    _leaving.append(lambda: shutil.rmtree(home, ignore_errors=True))
    from arrears.config.languages import compile_translations

    compile_translations()
    if not os.environ.get("DATABASE_URL"):
        os.environ["ARREARS_DATABASE_FORGETFUL"] = "1"
        from arrears.config.embedded import running

        server = running()
        os.environ["DATABASE_URL"] = server.__enter__()
        _leaving.append(lambda: server.__exit__(None, None, None))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started."""
    while _leaving:
        _leaving.pop()()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """The connection that callers in company share is no thread's own: nobody else closes it."""
    yield
    from arrears.clearance.actions import in_company

    in_company.close()


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real inputs kept outside the project; tests that need them skip where they are missing."""
    folder = Path(os.environ.get("ARREARS_SHARED") or ROOT.parent / "shared")
    if not folder.is_dir():
        pytest.skip("the real inputs are not on this machine (ARREARS_SHARED)")
    return folder


@pytest.fixture
def home(tmp_path: Path, settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of its own for one test (the database stays the run's)."""
    folder = tmp_path / "home"
    monkeypatch.setenv("ARREARS_HOME", str(folder))
    settings.HOME = folder
    settings.EVIDENCE_KEY = folder / "evidence.key"
    for name in ("portfolio", "inbox", "rejects", "outbox", "policy"):
        setattr(settings, f"{name.upper()}_FOLDER", folder / name)
    return folder
