"""Everything that changes an arrangement. Each action is one transaction, safe to do twice, and
passes one lock of its account, so that two faces that act at once act one after the other.

    offer -> (approve | decline) -> accept -> follow, day by day -> done | broken
    record_promise -> follow -> kept | part_kept | broken

Where each is written: `offering.py`, `accepting.py`, `promising.py`, `following.py`.
"""

from arrears.arrangements.accepting import accept, cancel_agreement
from arrears.arrangements.following import follow
from arrears.arrangements.offering import approve, cancel_offer, decline, offer
from arrears.arrangements.promising import cancel_promise, record_promise
from arrears.arrangements.types import (
    UnableToAccept,
    UnableToApprove,
    UnableToArrange,
    UnableToCancel,
    UnableToOffer,
    UnableToPromise,
)

__all__ = [
    "UnableToAccept",
    "UnableToApprove",
    "UnableToArrange",
    "UnableToCancel",
    "UnableToOffer",
    "UnableToPromise",
    "accept",
    "approve",
    "cancel_agreement",
    "cancel_offer",
    "cancel_promise",
    "decline",
    "follow",
    "offer",
    "record_promise",
]
