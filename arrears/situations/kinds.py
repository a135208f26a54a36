"""The kinds of situation there are, told apart by a key every entry of the kind has."""

from arrears.clearance.situations import ClearanceEntry
from arrears.situations import clearing, reckoning
from arrears.situations.types import Kind

KINDS: tuple[Kind, ...] = (
    Kind("terms", reckoning.ReckoningSituation, reckoning.attempt),
    Kind("rulebook", ClearanceEntry, clearing.attempt),
)
