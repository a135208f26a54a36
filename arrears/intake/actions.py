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
    say_one_money,
    take_notice,
    take_payments,
)
from arrears.intake.remittances import SharedOut, UnableToShareOut, share_out
from arrears.intake.statements.taking import take_statements
from arrears.intake.wallets.taking import UnableToOpenOrder, WalletTaken, open_order, take_wallet_notice

__all__ = [
    "SharedOut",
    "UnableToOpenOrder",
    "UnableToRead",
    "UnableToSettleDoubt",
    "UnableToShareOut",
    "UnableToTakeIn",
    "UnableToTakeNotice",
    "WalletTaken",
    "describe",
    "match_by_hand",
    "match_waiting",
    "open_order",
    "say_one_money",
    "settle_doubt",
    "share_out",
    "take_book",
    "take_inbox",
    "take_notice",
    "take_payments",
    "take_statements",
    "take_wallet_notice",
]
