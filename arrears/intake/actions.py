"""The ways in: card books, payments, single notices, the inbox, and matching by hand."""

from arrears.intake.book import UnableToTakeIn, take_book
from arrears.intake.describing import describe
from arrears.intake.doubts import UnableToSettleDoubt, settle_doubt
from arrears.intake.inbox import take_inbox
from arrears.intake.lines import UnableToRead
from arrears.intake.payments import (
    UnableToTakeNotice,
    match_by_hand,
    match_waiting,
    take_notice,
    take_payments,
)

__all__ = [
    "UnableToRead",
    "UnableToSettleDoubt",
    "UnableToTakeIn",
    "UnableToTakeNotice",
    "describe",
    "match_by_hand",
    "match_waiting",
    "settle_doubt",
    "take_book",
    "take_inbox",
    "take_notice",
    "take_payments",
]
