"""One file per way of reaching people. A channel carries; it decides nothing.

A channel is opened for a batch, given messages one by one, and closed. It answers with a
`Receipt`, or raises one of three troubles, which `contact.actions` turns into what
happens next: `Refused` (for good), `TryLater` (this message, a little later) or
`ChannelDown` (nothing can leave this way now; no message is to blame).
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What a channel needs to know. `key` goes to the provider, so a repeat is no second message."""

    key: str
    to: str
    name: str
    subject: str
    body: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider took it over."""

    provider: str
    ref: str


class Refused(Exception):
    """The provider will never take this message: a wrong address, a closed mailbox."""


class TryLater(Exception):
    """Not now. `in_doubt`: it may have arrived all the same, the answer was lost."""

    def __init__(self, reason: str, *, in_doubt: bool = False) -> None:
        super().__init__(reason)
        self.in_doubt = in_doubt


class ChannelDown(Exception):
    """The provider cannot be reached or refuses us altogether."""


class Channel(Protocol):
    """An open channel."""

    def send(self, message: Outgoing) -> Receipt:
        """Hand one message over. Raises Refused, TryLater or ChannelDown."""


@dataclass(frozen=True, slots=True)
class Way:
    """A kind of channel: how to open it, and whether what it carries reaches real people."""

    reaches_people: bool
    open: Callable[[], AbstractContextManager[Channel]]
