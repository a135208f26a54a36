"""The ways in: card books, payments, single notices, the inbox, and matching by hand."""

from arrears.intake.book import UnableToTakeIn, take_book
from arrears.intake.debits.answers import take_answer
from arrears.intake.debits.collecting import collect
from arrears.intake.debits.collecting import release as release_debit
from arrears.intake.debits.mandates import UnableToReadMandate, mandates, read_mandate, tell_mandate
from arrears.intake.debits.types import UnableToDebit
from arrears.intake.describing import describe
from arrears.intake.doubts import UnableToSettleDoubt, settle_doubt
from arrears.intake.inbox import take_inbox
from arrears.intake.lines import UnableToRead
from arrears.intake.payments import (
    UnableToTakeNotice,
    match_by_hand,
    match_waiting,
    say_one_money,
    take_notice,
    take_payments,
)
from arrears.intake.remittances import SharedOut, UnableToShareOut, share_out
from arrears.intake.statements.taking import UnableToBook, book_anyway, take_statements
from arrears.intake.wallets.taking import UnableToOpenOrder, WalletTaken, open_order, take_wallet_notice

__all__ = [
    "SharedOut",
    "UnableToBook",
    "UnableToDebit",
    "UnableToOpenOrder",
    "UnableToRead",
    "UnableToReadMandate",
    "UnableToSettleDoubt",
    "UnableToShareOut",
    "UnableToTakeIn",
    "UnableToTakeNotice",
    "WalletTaken",
    "book_anyway",
    "collect",
    "describe",
    "mandates",
    "match_by_hand",
    "match_waiting",
    "open_order",
    "read_mandate",
    "release_debit",
    "say_one_money",
    "settle_doubt",
    "share_out",
    "take_answer",
    "take_book",
    "take_inbox",
    "take_notice",
    "take_payments",
    "take_statements",
    "take_wallet_notice",
    "tell_mandate",
]
