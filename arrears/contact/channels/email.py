"""E-mail over SMTP, plain text: it reads the same everywhere and hides no link behind a word.

The Message-ID is derived from the message's key, so a receiver that drops doubles drops
ours. One connection serves a batch.
"""

import hashlib
import re
import smtplib
import ssl
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_RULES
from email.utils import format_datetime, parseaddr
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from django.conf import settings

from arrears.contact.channels import ChannelDown, Outgoing, Receipt, Refused, TryLater, Way
from arrears.kernel.trouble import WrongConfiguration

TIMEOUT_SECONDS = 20
POLICY = SMTP_RULES.clone(cte_type="7bit")  # every server can carry it
PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_ATOM}(\.{_ATOM})*@{_LABEL}(\.{_LABEL})+")

# What SMTP answers mean to us (RFC 5321, 4.2.3). 4xx passes, 5xx stays; these say more.
MEANINGS = {
    421: "the mail server is closing the connection",
    450: "the mailbox is busy or asks to be tried later",
    451: "the mail server had trouble of its own",
    452: "the mail server is out of room",
    455: "the mail server cannot take these options now",
    550: "no such mailbox, or it does not take our mail",
    551: "the customer has moved to another mailbox",
    552: "the mailbox is full or the message too large",
    553: "the address is not written correctly",
    554: "the mail server refuses the message",
    555: "the mail server does not know these options",
}


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail goes, read from a URL like smtp+starttls://user:password@host:587."""

    scheme: str
    host: str
    port: int
    user: str
    password: str

    @property
    def reaches_people(self) -> bool:
        """Anything but this machine may pass mail on to real mailboxes."""
        try:
            return not ip_address(self.host).is_loopback
        except ValueError:
            return self.host != "localhost"


def server(url: str) -> Server:
    """Raises WrongConfiguration where `url` is not one of the three kinds."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise WrongConfiguration(
            f"the mail server {parts.scheme}://{parts.hostname or ''} is not one Arrears can use",
            do="Set ARREARS_SMTP_URL to smtp://host:port, smtps://user:password@host or smtp+starttls://...",
        )
    return Server(
        parts.scheme,
        parts.hostname,
        parts.port or PORTS[parts.scheme],
        unquote(parts.username or ""),
        unquote(parts.password or ""),
    )


def way() -> Way:
    """E-mail as the settings have it."""
    there = server(settings.SMTP_URL)
    return Way(settings.LIVE or there.reaches_people, lambda: opened(there))


@contextmanager
def opened(there: Server) -> Iterator["EmailChannel"]:
    """A channel whose connection lasts as long as the block."""
    channel = EmailChannel(there)
    try:
        yield channel
    finally:
        channel.close()


class EmailChannel:
    """One SMTP connection, made when first needed and again when the server hung up."""

    def __init__(self, there: Server) -> None:
        self.there = there
        self._connection: smtplib.SMTP | None = None

    def send(self, message: Outgoing) -> Receipt:
        """Hand one e-mail to the server; its answer is the receipt's ref."""
        letter = composed(message)
        data = letter.as_bytes(policy=POLICY)
        connection = self._introduced(to=letter["To"].addresses[0].addr_spec)
        try:
            code, answer = connection.data(data)
        except smtplib.SMTPDataError as refused:  # it did not even want to see the letter
            raise self._refused(refused.smtp_code, refused.smtp_error) from refused
        except OSError as lost:  # every SMTPException is one
            # Nobody knows whether the server had it already; the same Message-ID goes again.
            self.close()
            raise TryLater(f"the connection was lost: {lost}", in_doubt=True) from lost
        if code >= 400:
            raise self._refused(code, answer)
        return Receipt(f"smtp:{self.there.host}", f"{letter['Message-ID']} {_said(answer)}"[:200])

    def _introduced(self, *, to: str) -> smtplib.SMTP:
        """A connection on which the server waits for the letter. One that was hung up between
        two letters is made anew: nothing had been handed over."""
        if self._connection is not None:
            try:
                return self._introduce(self._connection, to=to)
            except OSError:
                self.close()
        self._connection = _connected(self.there)
        try:
            return self._introduce(self._connection, to=to)
        except OSError as lost:
            self.close()
            raise ChannelDown(f"{self.there.host} hung up: {lost}") from lost

    def _introduce(self, connection: smtplib.SMTP, *, to: str) -> smtplib.SMTP:
        sender = parseaddr(settings.MAIL_FROM)[1]
        code, answer = connection.mail(sender)
        if code >= 400:
            self.close()
            raise ChannelDown(f"the mail server does not let us write as {sender}: {code} {_said(answer)}")
        code, answer = connection.rcpt(to)
        if code >= 400:
            raise self._refused(code, answer)
        return connection

    def _refused(self, code: int, answer: bytes | str) -> Exception:
        """What the answer means; the conversation is set back for the next letter."""
        if self._connection is not None:
            try:
                self._connection.rset()
            except OSError:
                self.close()
        said = answer if isinstance(answer, bytes) else answer.encode()
        return _meaning(code, said)

    def close(self) -> None:
        """Hang up; a server that is gone already is no trouble."""
        if self._connection is not None:
            try:
                self._connection.quit()
            except OSError:
                self._connection.close()
            self._connection = None


def _connected(there: Server) -> smtplib.SMTP:
    try:
        if there.scheme == "smtps":
            secure = ssl.create_default_context()
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                there.host, there.port, timeout=TIMEOUT_SECONDS, context=secure
            )
        else:
            connection = smtplib.SMTP(there.host, there.port, timeout=TIMEOUT_SECONDS)
        if there.scheme == "smtp+starttls":
            connection.starttls(context=ssl.create_default_context())
        connection.ehlo_or_helo_if_needed()
        if there.user:
            connection.login(there.user, there.password)
    except OSError as trouble:
        raise ChannelDown(f"{there.host}:{there.port} does not take mail: {trouble}") from trouble
    return connection


def _meaning(code: int, answer: bytes) -> Exception:
    reason = f"{code} {_said(answer)} ({MEANINGS.get(code, 'see RFC 5321')})"
    if code == 421:
        return ChannelDown(reason)
    return TryLater(reason) if code < 500 else Refused(reason)


def _said(answer: bytes) -> str:
    return answer.decode(errors="replace").replace("\n", " ")[:300]


def composed(message: Outgoing) -> EmailMessage:
    """The e-mail as it leaves. Raises Refused where the address is none."""
    letter = EmailMessage(policy=POLICY)
    sender_name, sender = parseaddr(settings.MAIL_FROM)
    letter["From"] = Address(_one_line(sender_name), addr_spec=sender)
    letter["To"] = Address(_one_line(message.name), addr_spec=_address(message.to))
    letter["Subject"] = _one_line(message.subject)
    letter["Date"] = format_datetime(message.at)
    letter["Message-ID"] = message_id(message.key)
    letter["Auto-Submitted"] = "auto-generated"
    letter["List-Unsubscribe"] = f"<{settings.PUBLIC_ADDRESS}/wishes/>"
    letter.set_content(message.body, charset="utf-8")
    return letter


def message_id(key: str) -> str:
    """The same key is the same e-mail, whoever sends it and however often."""
    domain = parseaddr(settings.MAIL_FROM)[1].rpartition("@")[2]
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{domain}>"


def _one_line(text: str) -> str:
    """Names come from files of others: what could end a header line becomes a space."""
    plain = "".join(" " if unicodedata.category(mark).startswith(("C", "Z")) else mark for mark in text)
    return " ".join(plain.split())


def _address(text: str) -> str:
    """One plain address, its domain in ASCII. A mailbox name outside ASCII is refused: few
    servers carry one, and nearly all that come in files are slips of the keyboard."""
    local, _, domain = text.strip().rpartition("@")
    try:
        written = f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        written = ""
    if not _ADDRESS.fullmatch(written) or len(written) > 254:
        raise Refused(f"{text!r} is not an e-mail address")
    return written
