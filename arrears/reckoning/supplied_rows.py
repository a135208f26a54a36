"""Accounts of a book that come with balances alone, reckoned as at the desk.

The kernel folds postings; an account without any debit, of which the bank says balances or
lateness, is answered by `supplied.py`. Few books have many, so Python does it account by
account and its answers are put in the kernel's place.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from arrears.casebook.types import CREDITS, AccountHistory, Cycle, Movement, MovementKind, Supplied
from arrears.reckoning.bulk import Answers, Ints
from arrears.reckoning.core import reckon
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
) -> tuple[Answers, Ints]:
    """The same answers with those of `supplied_only` accounts put in, and which these are."""
    places = supplied_only(batch)
    unknown = np.zeros(len(batch.refs.names), bool)
    for place in places[answers.trouble[places] == 0]:
        history = history_of(batch, int(place))
        owed = reckon(history, terms[products[place]], as_of=as_of, explained=False)
        for name, column in answers.columns.items():
            column[place] = getattr(owed, name) or 0
        unknown[place] = owed.overdue_cents is None
    return (replace(answers, overdue_unknown=unknown) if unknown.any() else answers), places


def history_of(batch: Any, number: int) -> AccountHistory:
    """One account of a batch as the desk sees it."""
    account = batch.accounts.slice(number, 1).to_pylist()[0]
    supplied = () if batch.supplied is None else _rows(batch.supplied, batch.first_supplied, number)
    return AccountHistory(
        ref=account["account"],
        customer_ref="",
        product=account["product"],
        currency=account["currency"],
        cycles=tuple(_cycle(row) for row in _rows(batch.statements, batch.first_cycle, number)),
        movements=tuple(_movement(row) for row in _rows(batch.postings, batch.first_posting, number)),
        supplied=tuple(
            Supplied(row["as_of"], row["balance_cents"], row["months_late"], row["days_past_due"])
            for row in supplied
        ),
        opened_date=account["opened_date"],
        limit_cents=account["limit_cents"],
        terms=json.loads(account["terms"]) if account["terms"] else {},
    )


def _rows(table: pa.Table, firsts: Ints, number: int) -> list[dict[str, Any]]:
    first, end = int(firsts[number]), int(firsts[number + 1])
    rows: list[dict[str, Any]] = table.slice(first, end - first).to_pylist()
    return rows


def _cycle(row: dict[str, Any]) -> Cycle:
    told = (row.get(name) for name in ("balance_cents", "minimum_cents", "interest_cents"))
    return Cycle(row["statement_date"], row["due_date"], *told)


def _movement(row: dict[str, Any]) -> Movement:
    return Movement(
        row["posting"], _KINDS[row["kind"]], int(row["cents"]), row["posted_date"], row["reverses"],
        made_date=row.get("made_date"),
    )  # fmt: skip
