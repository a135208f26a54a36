"""A mail server for rehearsals and tests: whatever arrives becomes a file, and leaves no further.

It speaks real SMTP on this machine only. An e-mail whose Message-ID is there already is
taken and dropped, as good receivers do; the files are its memory.
"""

import hashlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from arrears.contact.channels.sms import write_once
from arrears.kernel.trouble import Trouble


class UnableToTakeMail(Trouble):
    """The rehearsal's mail server did not come up."""


class Mailbox:
    """Files e-mails by Message-ID."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep one e-mail (aiosmtpd calls this by its name)."""
        content: bytes = envelope.content
        name = message_from_bytes(content).get("Message-ID") or hashlib.sha256(content).hexdigest()
        file = self.folder / f"{hashlib.sha256(name.encode()).hexdigest()[:40]}.eml"
        first = write_once(file, content)
        return "250 kept" if first else "250 kept already"


@contextmanager
def mail_peer(*, folder: Path, host: str = "127.0.0.1", port: int = 8025) -> Iterator[Controller]:
    """A mail server inside the block, filing into `folder`."""
    controller = Controller(Mailbox(folder), hostname=host, port=port)
    try:
        socket.create_server((host, port)).close()  # the controller would take seconds to say no
        controller.start()
    except OSError as trouble:
        raise UnableToTakeMail(
            f"no mail server can listen on {host}:{port}: {trouble}",
            do="Is another one running there? Choose another port, or let mail go to the one that runs.",
        ) from trouble
    try:
        yield controller
    finally:
        controller.stop()
