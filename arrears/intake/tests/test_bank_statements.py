"""A statement that adds up is booked as a whole; any other is flagged with the sum that is off."""

import re
from decimal import Decimal
from pathlib import Path

import mt940
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mt940.options import Options

from arrears.casebook import queries as casebook
from arrears.intake import actions
from arrears.intake.lines import UnableToRead
from arrears.intake.models import BankStatement, StatementEntry
from arrears.intake.payments import match_waiting
from arrears.intake.statements.judging import judge
from arrears.intake.statements.reading import decoded, statements_in
from arrears.intake.tests.books import NOON, the_cast
from arrears.kernel.trouble import Place, Trouble

AT = Place("x.sta")
GOOD = """:20:REF1
:25:6222000011112222
:28C:7/1
:60F:C261101CNY1000,00
:61:2611021102C50,00NTRFPAY-1//B-100
:86:还款622500001
:61:2611021102D10,00NCHGNONREF
:86:手续费
:62F:C261102CNY1040,00
-
"""
CAMT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt>
<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-11-02T20:00:00+08:00</CreDtTm></GrpHdr>
<Stmt><Id>S1</Id><ElctrncSeqNb>7</ElctrncSeqNb><Acct><Id><Othr><Id>6222000011112222</Id></Othr></Id></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="CNY">1000</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<Dt><Dt>2026-11-01</Dt></Dt></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="CNY">{closing}</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<Dt><Dt>2026-11-02</Dt></Dt></Bal>
{entries}
</Stmt></BkToCstmrStmt></Document>"""
PAID = """<Ntry><Amt Ccy="CNY">50.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>{status}</Sts>
<BookgDt><Dt>2026-11-02</Dt></BookgDt><NtryDtls><TxDtls><Refs><AcctSvcrRef>B-100</AcctSvcrRef><EndToEndId>PAY-1</EndToEndId></Refs>
<RltdPties><Dbtr>{debtor}</Dbtr><DbtrAcct><Id><Othr><Id>6217000099</Id></Othr></Id></DbtrAcct></RltdPties>
<RmtInf><Ustrd>还款622500001</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"""


def one(text: str):
    (statement,) = statements_in(text.encode(), at=AT)
    return statement


def camt(entries: str, closing: str = "1050.00", version: str = "02"):
    return CAMT.format(entries=entries, closing=closing, version=version)


def paid(status: str = "BOOK", debtor: str = "<Nm>王小明</Nm>") -> str:
    return PAID.format(status=status, debtor=debtor)


@pytest.fixture
def book(tmp_path, home, db):
    actions.take_book(path=the_cast(tmp_path / "book"), now=NOON)


def take(folder: Path, text: str | bytes, name: str = "a.sta", **how: bool):
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return actions.take_statements(path=folder / name, now=NOON, **how).statements


# --- reading, pure


def test_an_mt940_adds_up_and_its_entries_name_payer_and_reference():
    statement = one(GOOD)
    assert judge(statement).adds_up and [entry.cents for entry in statement.entries] == [5000, -1000]
    first = statement.entries[0]
    assert (first.bank_ref, first.names, first.line) == ("B-100", ("B-100", "PAY-1"), 5)
    assert "622500001" in first.text and (statement.number, statement.page) == ("7", 1)


@pytest.mark.parametrize(
    ("change", "off", "said"),
    [
        (("1040,00", "1040,01"), 1, "0.01 CNY off"),
        ((":62F:C261102CNY1040,00\n", ""), None, "no closing balance"),
        ((":60F:C261101CNY1000,00\n", ""), None, "no opening balance"),
        (("C50,00", "RC50,00"), 10000, "100.00 CNY off"),
        (("C50,00", "C50,001"), None, "fraction of the smallest unit"),
        (("C50,00", "C50.00"), None, "cannot be read"),
        (("62F:C261102CNY", "62F:C261102USD"), 0, "different currencies"),
        (("1040,00\n", "1040,00\n:61:2611021102C1,00NTRFX\n"), None, "outside the balances"),
    ],
)
def test_what_does_not_add_up_is_flagged_with_the_reason(change, off, said):
    judged = judge(one(GOOD.replace(*change)))
    assert not judged.adds_up and said in "; ".join(words.en for words in judged.reasons)
    assert off is None or judged.off_cents == off
    assert all(words.zh and words.en for words in judged.reasons)


@pytest.mark.parametrize(
    "dressed",
    [
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.encode("gb18030"),
        lambda text: text.encode("utf-16"),
        lambda text: text.replace("还款", "Zürich é ").encode("latin-1", "replace"),
        lambda text: (
            "{1:F01BANKCNBJAXXX0000000000}{2:O940}{4:\n" + text.rstrip("\n-") + "\n-}{5:}\n"
        ).encode(),
        lambda text: ("0000 01INGBNL2AXXXX00001\n940 00\n" + text).encode(),
        lambda text: ("\x01" + text + "\x03").encode(),
    ],
)
def test_however_it_is_dressed_it_is_the_same_statement(dressed):
    (statement,) = statements_in(dressed(GOOD), at=AT)
    assert judge(statement).adds_up and statement.entries[0].names == ("B-100", "PAY-1")
    assert "622500001" in statement.entries[0].text


def test_chinese_in_gb18030_is_read_and_latin_letters_stay():
    assert "还款" in decoded(GOOD.encode("gb18030"))
    assert decoded("Zürich tóutal".encode("latin-1")) == "Zürich tóutal"


def test_a_negative_balance_and_a_reversed_debit_count_with_their_signs():
    text = GOOD.replace("C261101CNY1000,00", "D261101CNY1000,00").replace("D10,00", "RD10,00")
    statement = one(text.replace("C261102CNY1040,00", "D261102CNY940,00"))
    assert judge(statement).adds_up and statement.entries[1].undoes and statement.entries[1].cents == 1000


@pytest.mark.parametrize(
    ("currency", "amount", "cents"), [("JPY", "50,", 50), ("KWD", "50,125", 50125), ("DEM", "50,1", 5010)]
)
def test_currencies_have_the_digits_they_have(currency, amount, cents):
    text = (
        f":20:R\n:25:A\n:60F:C261101{currency}0,\n:61:261102C{amount}NTRFX\n:62F:C261102{currency}{amount}\n"
    )
    statement = one(text)
    assert judge(statement).adds_up and statement.entries[0].cents == cents


def test_pages_in_one_message_must_meet():
    pages = (
        ":20:R\n:25:A\n:28C:1/1\n:60F:C261101CNY1,00\n:61:261102C1,00NTRFX\n:62M:C261102CNY2,00\n"
        ":60M:C261102CNY2,00\n:61:261102C1,00NTRFX\n:62F:C261102CNY3,00\n"
    )
    assert judge(one(pages)).adds_up
    assert not judge(
        one(pages.replace(":60M:C261102CNY2,00", ":60M:C261102CNY2,50").replace("3,00", "3,50"))
    ).adds_up


@pytest.mark.parametrize(
    "wrapped", ["POS 12:01\n:20:15 SHOP", "POS 12\n:25:37 SHOP", "POS 12\n:28:01\n:20:15 X"]
)
def test_a_time_wrapped_to_the_next_line_is_no_field(wrapped):
    statement = one(GOOD.replace("手续费", wrapped))
    assert judge(statement).adds_up and statement.account == "6222000011112222" and statement.number == "7"


@pytest.mark.parametrize("version", ["02", "03", "04", "06", "08", "10"])
def test_camt_is_read_in_every_version(version):
    late = int(version) >= 8
    entry = paid("<Cd>BOOK</Cd>", "<Pty><Nm>王小明</Nm></Pty>") if late else paid()
    statement = one(camt(entry, version=version))
    entry = statement.entries[0]
    assert judge(statement).adds_up and (entry.payer_name, entry.payer_account) == ("王小明", "6217000099")
    assert entry.names == ("B-100", "PAY-1") and entry.bank_ref == "B-100"


def test_a_pending_entry_counts_in_no_sum():
    statement = one(camt(paid("PDNG"), closing="1000.00"))
    assert judge(statement).adds_up and not statement.entries[0].booked


def test_a_batch_becomes_its_transactions_where_they_make_it_up():
    parts = "".join(
        f"<TxDtls><Refs><EndToEndId>E-{n}</EndToEndId></Refs><AmtDtls><TxAmt><Amt Ccy='CNY'>{n}.00</Amt></TxAmt>"
        "</AmtDtls></TxDtls>"
        for n in (20, 30)
    )
    entry = (
        "<Ntry><Amt Ccy='CNY'>50</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-11-02</Dt></BookgDt>"
        f"<NtryDtls>{parts}</NtryDtls></Ntry>"
    )
    assert [e.cents for e in one(camt(entry)).entries] == [2000, 3000]
    whole = one(camt(entry.replace("30.00", "31.00")))
    assert [e.cents for e in whole.entries] == [5000] and "5100" in whole.notes[0].en and judge(whole).adds_up


def test_the_banks_own_sums_must_agree_too():
    told = "<TxsSummry><TtlCdtNtries><Sum>49.99</Sum></TtlCdtNtries></TxsSummry>"
    judged = judge(one(camt(told + paid())))
    assert not judged.adds_up and "-0.01 CNY" in judged.reasons[0].en


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
        (b"<html><body>Sign in</body></html>", "web page"),
        (b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><Document>&a;</Document>', "document type"),
        (camt(paid())[:700].encode(), "breaks off"),
        (b"%PDF-1.7 ...", "a PDF"),
        (b"date,amount\n2026-11-02,5", "neither with XML nor"),
        (b":61:2611021102C50,00NTRFX", "no statement that begins with :20:"),
        (b"\x00\xff\x00\x12" * 50, "neither with XML nor"),
        (b"<?xml version='1.0'?><!-- x -->\n<a xmlns='urn:x'>&#20;</a>", "breaks off or is wrong"),
    ],
)
def test_what_is_no_statement_is_refused_with_a_reason(data, said):
    with pytest.raises(UnableToRead, match=said):
        statements_in(data, at=AT)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_spoiled_bytes_give_a_traceback_or_are_booked_with_another_sum(data):
    original = (GOOD if data.draw(st.booleans()) else camt(paid())).encode()
    place, piece = data.draw(st.integers(0, len(original))), data.draw(st.binary(max_size=4))
    spoiled = original[:place] + piece + original[place + data.draw(st.integers(0, 4)) :]
    try:
        statements = statements_in(spoiled, at=AT)
    except Trouble:
        return
    for statement in statements:
        judged = judge(statement)
        if judged.adds_up and statement.opening and statement.closing:
            moved = sum(entry.cents for entry in statement.counted)
            assert statement.opening.cents + moved == statement.closing.cents


# --- booking


def test_a_good_statement_is_booked_and_its_debits_are_nobodys_money(book, tmp_path):
    (taken,) = take(tmp_path / "in", GOOD)
    assert taken.booked and taken.touched == ("622500001",)
    assert taken.counts == {"matched": 1, "unmatched": 0, "known_before": 0, "went_back": 0, "not_ours": 1}
    assert [m.cents for m in casebook.history_of("622500001").movements if m.source == "notice"] == [5000]


def test_nothing_of_a_flagged_statement_is_booked_and_all_of_it_is_kept(book, tmp_path):
    (taken,) = take(tmp_path / "in", GOOD.replace("1040,00", "1041,00"))
    assert not taken.booked and taken.off == "1.00" and not casebook.money_notified()
    assert StatementEntry.objects.filter(statement=taken.key).count() == 2


def test_the_same_statement_in_another_file_or_format_books_nothing_twice(book, tmp_path):
    take(tmp_path / "in", GOOD)
    (again,) = take(tmp_path / "in", GOOD.replace("手续费", "FEE"), "b.sta")
    assert again.booked and "nothing of it is booked again" in again.notes[0].en
    (other,) = take(tmp_path / "in", camt(paid()), "c.xml")
    assert other.booked and other.counts["known_before"] == 1
    assert sum(notice.cents for notice, _ in casebook.money_notified().values()) == 5000


def test_the_same_file_again_changes_nothing(book, tmp_path):
    first, again = take(tmp_path / "in", GOOD), take(tmp_path / "in", GOOD)
    assert again[0].seen_before and again[0].key == first[0].key and BankStatement.objects.count() == 1


def test_a_payment_noticed_before_and_named_by_the_bank_is_one_money(book, tmp_path):
    from datetime import date

    from arrears.casebook.types import MoneyNotice

    notice = MoneyNotice("PAY-1", date(2026, 11, 2), 5000, "CNY", "622500001")
    actions.take_notice(notice=notice, now=NOON)
    (taken,) = take(tmp_path / "in", GOOD)
    assert taken.counts["known_before"] == 1 and "counted once" in taken.notes[-1].en
    assert len(casebook.history_of("622500001").movements) == 2, "a purchase and one payment"


def test_a_dry_run_says_the_same_and_keeps_nothing(book, tmp_path):
    (taken,) = take(tmp_path / "in", GOOD, dry_run=True)
    assert taken.counts["matched"] == 1
    assert not BankStatement.objects.exists() and not casebook.money_notified()


def test_a_gap_and_a_jump_between_two_statements_are_said(book, tmp_path):
    take(tmp_path / "in", GOOD)
    later = GOOD.replace("28C:7/1", "28C:9/1").replace("2611", "2612").replace("B-100", "B-300")
    later = later.replace("1000,00", "1100,00")
    (taken,) = take(tmp_path / "in", later.replace("1040,00", "1140,00"), "b.sta")
    assert taken.booked
    assert [words.en.split(":")[0] for words in taken.notes] == [
        "number 7 came before, this is 9",
        "it does not follow 7 (2026-11-02)",
    ]
    follower = GOOD.replace("28C:7/1", "28C:8/1").replace("1040,00", "1080,00").replace("1000,00", "1040,00")
    (taken,) = take(tmp_path / "in", follower.replace("1102", "1103"), "c.sta")
    assert not taken.notes


def test_a_returned_payment_goes_back_with_its_reason(book, tmp_path):
    take(tmp_path / "in", camt(paid()), "a.xml")
    returned = (
        paid()
        .replace("CRDT", "DBIT")
        .replace("B-100", "B-200")
        .replace("<RmtInf>", "<RtrInf><Rsn><Cd>AM04</Cd></Rsn></RtrInf><RmtInf>")
    )
    (taken,) = take(tmp_path / "in", camt(returned, closing="950.00"), "b.xml")
    assert taken.counts["went_back"] == 1 and taken.touched == ("622500001",)
    kinds = [m.kind for m in casebook.history_of("622500001").movements]
    assert kinds[-2:] == ["payment", "payment_reversal"]


@pytest.mark.parametrize(
    ("entry", "details"),
    [
        (":61:2611021102D50,00NRTIPAY-1//B-200", "X"),
        (":61:2611021102D50,00NMSCNONREF//B-200", "109?00RUECKLASTSCHRIFT?20EREF+PAY-1?21SVWZ+AC04"),
    ],
)
def test_a_return_told_as_a_plain_debit_goes_back_too(book, tmp_path, entry, details):
    take(tmp_path / "in", GOOD)
    head, tail = ":20:R\n:25:6222\n:28C:9\n:60F:C261102CNY1040,00\n", ":62F:C261102CNY990,00\n"
    (taken,) = take(tmp_path / "in", f"{head}{entry}\n:86:{details}\n{tail}", "b.sta")
    assert taken.counts["went_back"] == 1 and taken.touched == ("622500001",)


def test_money_of_ours_that_the_bank_returned_is_nobodys_payment(book, tmp_path):
    returned = paid().replace("<RmtInf>", "<RtrInf><Rsn><Cd>AC01</Cd></Rsn></RtrInf><RmtInf>")
    (taken,) = take(tmp_path / "in", camt(returned), "a.xml")
    assert taken.counts["unmatched"] == 1 and "undid" in casebook.unmatched_money()[0].unmatched_because["en"]


def test_a_debit_the_bank_undid_is_left_to_a_person(book, tmp_path):
    text = GOOD.replace("C50,00", "RD50,00")
    (taken,) = take(tmp_path / "in", text)
    assert taken.counts["unmatched"] == 1 and "undid" in casebook.unmatched_money()[0].unmatched_because["en"]


def test_a_folder_is_taken_and_what_holds_no_statement_is_named(book, tmp_path):
    take(tmp_path / "in", GOOD + GOOD.replace("28C:7/1", "28C:8/1"))
    (tmp_path / "in" / "readme.txt").write_text("hello")
    taken = actions.take_statements(path=tmp_path / "in", now=NOON)
    assert len(taken.statements) == 2 and [one.name for one in taken.refused] == ["readme.txt"]


# --- what others wrote


def balanced_by_the_library(file: Path) -> list[bool]:
    """An opinion of its own: does what the library alone reads of each statement add up?"""
    said = []
    for statement in mt940.parse_statements(file, options=Options.all()):
        data = statement.data
        opening = data.get("final_opening_balance") or data.get("intermediate_opening_balance")
        closing = data.get("final_closing_balance") or data.get("intermediate_closing_balance")
        entries = sum(t.data["amount"].amount for t in statement.transactions)
        said.append(bool(opening and closing) and opening.amount.amount + entries == closing.amount.amount)
    return said


def test_every_real_mt940_that_balances_is_booked_and_every_other_flagged(shared, home, db):
    files = sorted((shared / "data" / "mt940").rglob("*.sta"))
    opinions = {file: said for file in files if (said := balanced_by_the_library(file))}
    taken = {file: actions.take_statements(path=file, now=NOON).statements for file in opinions}
    assert {file: [one.booked for one in taken[file]] for file in opinions} == opinions
    assert sum(map(sum, opinions.values())) >= 17
    flagged = [one for many in taken.values() for one in many if not one.booked]
    assert flagged and all(one.reasons for one in flagged)


def own_sums(text: str) -> list[Decimal]:
    """An opinion of nobody else's: closing less opening and entries, for every pair of balances."""
    offs, open_sum = list[Decimal](), None
    for line in text.splitlines():
        balance = re.match(r":6([02])[FM]:([CD])\d{6}[A-Z]{3}(\d+,\d*)", line)
        entry = re.match(r":61:\d{6}(?:\d{4}|\s{4})?(R?)([CD])[A-Z]?\s?(\d+,?\d*)", line)
        if balance:
            sum_ = Decimal(balance[3].replace(",", ".")) * (1 if balance[2] == "C" else -1)
            if balance[1] == "2" and open_sum is not None:
                offs.append(sum_ - open_sum)
            open_sum = sum_ if balance[1] == "0" else None
        elif entry and open_sum is not None:
            open_sum += Decimal(entry[3].replace(",", ".")) * (
                1 if (entry[2] == "C") != bool(entry[1]) else -1
            )
    return offs


def test_the_sum_that_is_off_is_what_anybody_would_reckon(shared, home, db):
    for file in sorted((shared / "data" / "mt940").rglob("*.sta")):
        text, closed = decoded(file.read_bytes()), list[Decimal]()
        if ":20:" in text and file.name != "multiline.sta":  # there an entry stands after the end
            taken = actions.take_statements(path=file, now=NOON, dry_run=True).statements
            closed = [Decimal(one.off) for one in taken if one.off]
            assert closed == own_sums(text), file.name


def test_no_real_camt_statement_that_is_off_is_booked(shared, home, db):
    folder = shared / "data" / "camt_genkgo" / "test" / "data"
    taken = actions.take_statements(path=folder, now=NOON).statements
    off = [one for one in taken if one.off not in {"", "0.00"}]
    assert off and not any(one.booked for one in off)
    assert not any(one.booked for one in taken if one.format.startswith("camt.052"))


# --- booked all the same, on a person's word


def anyway(key: int, because: str = "the bank confirmed the entries by telephone"):
    return actions.book_anyway(key=key, because=because, by="li.leader", now=NOON)


def test_a_flagged_statement_is_booked_on_a_persons_word_and_their_name_stays(book, tmp_path):
    (flagged,) = take(tmp_path / "in", GOOD.replace("CNY1040,00", "CNY1041,00"))
    assert not flagged.booked and not casebook.money_totals()
    booked = anyway(flagged.key)
    assert booked.booked and booked.touched == ("622500001",) and "li.leader" in booked.notes[-1].en
    (totals,) = casebook.money_totals()
    assert totals.booked_cents == 5000 and totals.adds_up


def test_it_is_booked_once_and_only_with_a_reason(book, tmp_path):
    (flagged,) = take(tmp_path / "in", GOOD.replace("CNY1040,00", "CNY1041,00"))
    with pytest.raises(Trouble, match="say why"):
        anyway(flagged.key, " ")
    anyway(flagged.key)
    with pytest.raises(Trouble, match="booked already"):
        anyway(flagged.key)


def test_a_corrected_statement_after_it_waits_for_a_person(book, tmp_path):
    (flagged,) = take(tmp_path / "in", GOOD.replace("CNY1040,00", "CNY1041,00"))
    anyway(flagged.key)
    (corrected,) = take(tmp_path / "in", GOOD, name="b.sta")
    assert not corrected.booked and "li.leader" in corrected.reasons[-1].en
    assert casebook.money_totals()[0].booked_cents == 5000


def test_where_the_corrected_one_is_booked_the_flagged_one_stays_flagged(book, tmp_path):
    (flagged,) = take(tmp_path / "in", GOOD.replace("CNY1040,00", "CNY1041,00"))
    take(tmp_path / "in", GOOD, name="b.sta")
    with pytest.raises(Trouble, match="same account and days"):
        anyway(flagged.key)


# --- days, accounts and sums as some banks tell them


def balance(code: str, amount: str, day: str, currency: str = "CNY") -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='{currency}'>{amount}</Amt>"
        f"<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-11-{day}</Dt></Dt></Bal>"
    )


def days_of_one_statement(second_opening: str) -> str:
    more = balance("OPBD", second_opening, "03") + balance("CLBD", "1075.00", "03")
    later = "<Ntry><Amt Ccy='CNY'>25</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts></Ntry>"
    return camt(more + paid() + later)


def test_several_days_in_one_camt_statement_are_joined_where_their_balances_meet():
    joined = one(days_of_one_statement("1050.00"))
    assert judge(joined).adds_up and (joined.opening.cents, joined.closing.cents) == (100000, 107500)
    assert not judge(one(days_of_one_statement("1050.01"))).adds_up


def test_a_second_currency_among_the_balances_is_not_passed_over():
    foreign = balance("OPBD", "1000.00", "01", "USD") + balance("CLBD", "1050.00", "02", "USD")
    assert not judge(one(camt(foreign + paid()))).adds_up


@pytest.mark.parametrize(
    ("told", "good"),
    [
        ("<TtlCdtNtries><Sum>57</Sum></TtlCdtNtries>", True),  # pending counted in
        ("<TtlCdtNtries><Sum>51</Sum></TtlCdtNtries>", False),
        ("<TtlCdtNtries><Sum>47</Sum></TtlCdtNtries><TtlDbtNtries><Sum>0</Sum></TtlDbtNtries>", True),
        ("<TtlCdtNtries><Sum>46</Sum></TtlCdtNtries><TtlDbtNtries><Sum>-1</Sum></TtlDbtNtries>", False),
    ],
)
def test_the_banks_own_sums_may_count_what_is_pending_or_leave_out_what_was_reversed(told, good):
    def entry(amount: int, side: str, more: str, state: str = "BOOK") -> str:
        return (
            f"<Ntry><Amt Ccy='CNY'>{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>{more}<Sts>{state}</Sts></Ntry>"
        )

    if "47" in told or "46" in told:
        entries = paid() + entry(3, "DBIT", "<RvslInd>true</RvslInd>")
    else:
        entries = paid() + entry(7, "CRDT", "", "PDNG")
    closing = "1047.00" if "DBIT" in entries else "1050.00"
    assert judge(one(camt(f"<TxsSummry>{told}</TxsSummry>{entries}", closing=closing))).adds_up is good


def test_an_entry_without_any_day_has_the_day_the_statement_was_made():
    text = camt(paid()).replace("<BookgDt><Dt>2026-11-02</Dt></BookgDt>", "")
    text = re.sub(r"<Dt><Dt>[\d-]+</Dt></Dt>", "", text)
    made = one(text.replace("<Id>S1</Id>", "<Id>S1</Id><CreDtTm>2026-11-05T01:00:00</CreDtTm>"))
    assert judge(made).adds_up and str(made.entries[0].booked_date) == "2026-11-05"
    assert "has no day" in judge(one(text)).reasons[-1].en


def test_a_day_no_bank_has_is_not_booked():
    text = camt(paid()).replace("<BookgDt><Dt>2026-11-02", "<BookgDt><Dt>0026-11-02")
    assert "no bank's day" in judge(one(text)).reasons[0].en


def test_sums_beyond_what_is_kept_exactly_are_refused_and_break_nothing(book, tmp_path):
    line = ":61:2611021102C90000000000000,00NTRFX\n"
    with pytest.raises(UnableToRead, match="more than any amount"):
        take(tmp_path / "in", GOOD.replace(":62F:", line * 2 + ":62F:"))


def test_two_accounts_under_one_reference_are_two_statements():
    second = GOOD.replace(":20:REF1\n", "").replace("6222000011112222", "6222000033334444")
    first, other = statements_in((GOOD.rstrip("-\n") + "\n" + second).encode(), at=AT)
    assert [first.account[-4:], other.account[-4:]] == ["2222", "4444"]
    assert judge(first).adds_up and judge(other).adds_up


def test_blank_lines_before_the_xml_declaration_do_no_harm():
    assert judge(one("\r\n\n" + camt(paid()))).adds_up


# --- statements that overlap

NAMELESS = """:20:REF1
:25:6222000011112222
:28C:7/1
:60F:C261101CNY1000,00
:61:2611021102C50,00NTRFNONREF
:86:622500001
:61:2611021102C50,00NTRFNONREF
:86:622500001
:62F:C261102CNY1100,00
-
"""
OVERLAPS = """:20:REF2
:25:6222000011112222
:28C:8/1
:60F:C261102CNY1050,00
:61:2611021102C50,00NTRFNONREF
:86:622500001
:61:2611031103C20,00NTRFNONREF
:86:622500001
:62F:C261103CNY1120,00
-
"""


def test_what_two_overlapping_statements_both_tell_is_left_to_a_person_and_stays_there(book, tmp_path):
    (first,) = take(tmp_path / "in", NAMELESS)
    assert first.counts["matched"] == 2, "two equal payments in one statement are two"
    (second,) = take(tmp_path / "in", OVERLAPS, "b.sta")
    assert second.booked and (second.counts["matched"], second.counts["unmatched"]) == (1, 1)
    (waiting,) = casebook.unmatched_money()
    assert f"statement {first.key}" in waiting.unmatched_because["en"]
    assert not match_waiting(now=NOON) and casebook.unmatched_money(), "no round places it by itself"
    (totals,) = casebook.money_totals()
    assert totals.adds_up and totals.booked_cents == 12000


def test_equal_payments_in_statements_that_follow_each_other_are_two(book, tmp_path):
    take(tmp_path / "in", NAMELESS)
    follower = OVERLAPS.replace("CNY1050,00", "CNY1100,00").replace("CNY1120,00", "CNY1170,00")
    (second,) = take(tmp_path / "in", follower, "b.sta")
    assert second.counts["matched"] == 2 and not casebook.unmatched_money()


def test_a_debit_the_bank_undid_is_not_placed_by_a_later_round(book, tmp_path):
    take(tmp_path / "in", GOOD.replace("C50,00", "RD50,00"))
    assert not match_waiting(now=NOON) and len(casebook.unmatched_money()) == 1
