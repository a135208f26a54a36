"""Accounts of a book that come with balances alone, reckoned as at the desk.

The kernel folds postings; an account without any debit, of which the bank says balances or
lateness, is answered by `supplied.py`. Few books have many, so Python does it account by
account and its answers are put in the kernel's place.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from arrears.casebook.types import CREDITS, AccountHistory, Cycle, Movement, MovementKind, Supplied
from arrears.reckoning.bulk import Answers, Ints
from arrears.reckoning.core import reckon
from arrears.reckoning.types import Owed
from arrears.rulebook.terms import CardTerms

_KINDS = {kind.value: kind for kind in MovementKind}


def supplied_only(batch: Any) -> Ints:
    """The accounts of a batch the bank tells balances or lateness of, and no debit."""
    told = told_of(batch)
    if told.any():
        told &= ~_has_debits(batch)
    return np.flatnonzero(told)


def told_of(batch: Any) -> Ints:
    """For every account of a batch, whether the bank tells balances or lateness of it."""
    told = np.zeros(len(batch.refs.names), bool)
    if batch.first_supplied is not None:
        told |= np.diff(batch.first_supplied) > 0
    if "balance_cents" in batch.statements.column_names:
        rows = np.flatnonzero(pc.is_valid(batch.statements["balance_cents"]).to_numpy())
        told[np.searchsorted(batch.first_cycle, rows, side="right") - 1] = True
    return told


def _has_debits(batch: Any) -> Ints:
    credit = pc.is_in(batch.postings["kind"].cast(pa.string()), value_set=pa.array(sorted(CREDITS)))
    debits = np.concatenate([[0], np.cumsum(~credit.to_numpy())])
    counted: Ints = np.diff(debits[batch.first_posting]) > 0
    return counted


def answer_supplied(
    batch: Any, answers: Answers, products: Ints, terms: Sequence[CardTerms], as_of: date
) -> tuple[Answers, dict[int, Owed]]:
    """The same answers with those of `supplied_only` accounts put in, and these answers by place."""
    places = supplied_only(batch)
    found: dict[int, Owed] = {}
    if not len(places):
        return answers, found
    places = places[answers.trouble[places] == 0]
    unknown = np.zeros(len(batch.refs.names), bool)
    for place, history in zip(places.tolist(), _histories(batch, places), strict=True):
        owed = reckon(history, terms[products[place]], as_of=as_of, explained=False)
        for name, column in answers.columns.items():
            column[place] = getattr(owed, name) or 0
        unknown[place] = owed.overdue_cents is None
        found[place] = owed
    return (replace(answers, overdue_unknown=unknown) if unknown.any() else answers), found


def _histories(batch: Any, places: Ints) -> Iterator[AccountHistory]:
    """Accounts of a batch as the desk sees them."""
    statements = _rows(batch.statements, batch.first_cycle, places)
    postings = _rows(batch.postings, batch.first_posting, places)
    told: Iterator[list[dict[str, Any]]] = iter(())
    if batch.supplied is not None:
        told = _rows(batch.supplied, batch.first_supplied, places)
    for account in batch.accounts.take(pa.array(places)).to_pylist():
        yield AccountHistory(
            ref=account["account"],
            customer_ref="",
            product=account["product"],
            currency=account["currency"],
            cycles=tuple(_cycle(row) for row in next(statements)),
            movements=tuple(_movement(row) for row in next(postings)),
            supplied=tuple(_supplied(row) for row in next(told, [])),
            opened_date=account["opened_date"],
            limit_cents=account["limit_cents"],
            terms=json.loads(account["terms"]) if account["terms"] else {},
        )


def _rows(table: pa.Table, firsts: Ints, places: Ints) -> Iterator[list[dict[str, Any]]]:
    """For each of the accounts its rows of a table."""
    counts = firsts[places + 1] - firsts[places]
    chosen = np.concatenate([np.arange(firsts[p], firsts[p + 1]) for p in places]) if len(places) else places
    rows = iter(table.take(pa.array(chosen)).to_pylist())
    return (list(islice(rows, count)) for count in counts.tolist())


def _supplied(row: dict[str, Any]) -> Supplied:
    return Supplied(row["as_of"], row["balance_cents"], row["months_late"], row["days_past_due"])


def _cycle(row: dict[str, Any]) -> Cycle:
    told = (row.get(name) for name in ("balance_cents", "minimum_cents", "interest_cents"))
    return Cycle(row["statement_date"], row["due_date"], *told)


def _movement(row: dict[str, Any]) -> Movement:
    return Movement(
        row["posting"], _KINDS[row["kind"]], int(row["cents"]), row["posted_date"], row["reverses"],
        made_date=row.get("made_date"),
    )  # fmt: skip
