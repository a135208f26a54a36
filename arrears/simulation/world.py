"""The people of the trial: where they live, who collects from them, over which two months.

The spans are chosen for their edges: clocks that change in America and Britain, Lord Howe's
half hour, a 29 February, the ends of short months, and the day a Chinese guide took effect.
Everything follows from the seed and the person's number, whichever process makes them.
"""

from datetime import date
from random import Random

from arrears.simulation.types import Person

BOOKS = (
    ("cn.card_issuer", 30),
    ("cn.agency", 12),
    ("us.third_party_collector", 28),
    ("us.creditor", 8),
    ("uk.lender", 12),
    ("hk.bank", 10),
)
ZONES = {
    "cn": ("Asia/Shanghai",) * 6
    + ("Asia/Urumqi", "Asia/Hong_Kong", "Europe/London", "Australia/Lord_Howe", "America/Los_Angeles"),
    "us": (
        "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles",
        "America/Anchorage", "Pacific/Honolulu", "America/Indiana/Knox", "America/Puerto_Rico",
    ),
    "uk": ("Europe/London",) * 5 + ("Europe/Madrid", "Asia/Kolkata"),
    "hk": ("Asia/Hong_Kong",) * 5 + ("America/Vancouver", "Pacific/Auckland"),
}  # fmt: skip
FIRST_DAYS = (
    date(2026, 2, 6),  # clocks forward: America 8 March, Britain 29 March
    date(2026, 3, 10),  # Lord Howe and Auckland back on 5 April
    date(2026, 9, 10),  # forward there; Britain back on 25 October
    date(2026, 9, 15),  # America back on 1 November
    date(2028, 1, 25),  # 29 February
    date(2026, 5, 20),
)


def person(number: int, seed: int) -> Person:
    """The person of that number."""
    chance = Random(f"{seed}:{number}")  # noqa: S311 - a trial that can be run again, no secret
    book = chance.choices([name for name, _ in BOOKS], [weight for _, weight in BOOKS])[0]
    debts = tuple(f"SIM{number}-{part}" for part in "ABC"[: chance.choice((1, 1, 2, 3))])
    return Person(
        ref=f"SIM{number}",
        book=book,
        zone=chance.choice(ZONES[book.split(".")[0]]),
        first_day=chance.choice(FIRST_DAYS),
        debts=debts,
        points=("mobile-1", "mobile-2", "office-1")[: chance.choice((1, 2, 3))],
        agencies=("agency:A", "agency:B"),
    )
