"""The amounts of many accounts from the book's tables, compiled: for a round over a large book."""

from collections.abc import Mapping
from datetime import date

import numpy as np
import pyarrow as pa

from arrears.reckoning import night
from arrears.reckoning.arrow import Refs, TermsOfBook, UnableToReadBook, arrays_of, refs_of
from arrears.reckoning.bulk import Ints, reckon_arrays
from arrears.reckoning.supplied_rows import answer_supplied

FIGURES = ("payoff_cents", "minimum_due_cents", "overdue_cents", "days_past_due")


def amounts_of_tables(tables: Mapping[str, pa.Table], *, as_of: date, terms: TermsOfBook) -> pa.Table:
    """One row an account: FIGURES, currency, months_late, source and `stands_out`.

    tables: accounts, postings, statements and supplied of the same accounts, all in account
    order and postings by day. stands_out: late, with a finding, or not to be reckoned (no figures).
    """
    batch = batch_of_tables(tables)
    products, _ = terms.numbered(batch.accounts)
    book = arrays_of(
        batch.accounts, batch.postings, batch.statements, products, terms,
        first_posting=batch.first_posting, first_cycle=batch.first_cycle,
    )  # fmt: skip
    answers = reckon_arrays(book, as_of=as_of)
    answers, by_bank = answer_supplied(batch, answers, products, terms.terms, as_of)
    wrong = answers.trouble != 0
    stands_out = wrong | (answers.columns["days_past_due"] > 0)
    stands_out[[place for place, owed in by_bank.items() if owed.findings]] = True
    unknown = wrong if answers.overdue_unknown is None else wrong | answers.overdue_unknown
    columns = {
        name: pa.array(answers.columns[name], mask=unknown if name == "overdue_cents" else wrong)
        for name in FIGURES
    }
    months = {place: owed.months_late for place, owed in by_bank.items()}
    return pa.table(
        {
            "account": batch.refs.names,
            "currency": batch.accounts["currency"],
            **columns,
            "months_late": pa.array([months.get(place) for place in range(len(wrong))], pa.int16()),
            "source": pa.array(["supplied" if p in by_bank else "reckoned" for p in range(len(wrong))]),
            "stands_out": pa.array(stands_out),
        }
    )


def batch_of_tables(tables: Mapping[str, pa.Table]) -> night.Batch:
    """Whole accounts as the night reads them."""
    refs = refs_of(tables["accounts"], file="accounts")
    firsts = {name: first_rows(refs, tables[name], name) for name in ("postings", "statements", "supplied")}
    return night.Batch(
        refs, tables["accounts"], tables["postings"], tables["statements"], firsts["postings"],
        firsts["statements"], tables["supplied"], firsts["supplied"],
    )  # fmt: skip


def first_rows(refs: Refs, table: pa.Table, name: str) -> Ints:
    """Where each account's rows begin, and the last one's end."""
    from arrears.reckoning.compiled import mark_rows

    firsts = np.zeros(len(refs.names) + 1, np.int64)
    if not table.num_rows:
        return firsts
    taken, account, in_order = mark_rows(refs.places(table["account"]), 0, 0, firsts)
    if taken < table.num_rows or not in_order:
        raise UnableToReadBook(
            f"{name} have rows of account {table['account'][taken]}, which has no row of its own",
            do="Deliver every account with its row in accounts.",
        )
    firsts[account + 1 :] = taken
    return firsts
