"""Situations of the gate: may we make this contact?"""

from arrears.clearance.situations import ClearanceEntry, case_of, run_entry
from arrears.situations.types import Outcome


def attempt(entry: ClearanceEntry) -> Outcome:
    """Ask the gate; what differs from the expected verdict and citation."""
    held, difference = run_entry(case_of(entry))
    return Outcome(entry.name, () if held else (difference,))
