"""A bank's own columns, codes, signs, dates and separators, translated by a document people can read."""

from datetime import date
from pathlib import Path

import pytest

from arrears.intake import actions
from arrears.intake.mapping import BankMapping
from arrears.intake.recognising import SHIPPED
from arrears.intake.rejects import read_rejects
from arrears.intake.tests.books import NOON, the_cast
from arrears.kernel.trouble import Trouble, WrongConfiguration
from arrears.portfolio import queries as portfolio
from arrears.rulebook.documents import read_document

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]

BANK_FILE = """\
客户号|姓名|账号|手机|卡种|额度|类型|流水|金额|入账日
C1|王小明|622500001|13800000001|01|10.000,00|D|T1|1.234,50-|20261001
C1|王小明|622500001|13800000001|01|10.000,00|C|T2|34,50|20261015
C2|李静|622500002|NULL|02|5.000,00|D|T1|7,00-|20261003
"""
MAPPING = """\
title: 某行流水
delimiter: '|'
date: YYYYMMDD
decimal: ','
thousands: '.'
blank: 'NULL'
tables:
- table: customers
  repeats: true
  columns:
    customer: {from: 客户号}
    name: {from: 姓名}
- table: contact_points
  repeats: true
  skip_when: {手机: ['NULL', '']}
  columns:
    customer: {from: 客户号}
    kind: {always: mobile}
    value: {from: 手机}
- table: accounts
  repeats: true
  columns:
    account: {from: 账号}
    customer: {from: 客户号}
    product: {from: 卡种, codes: {'01': cn.card}, otherwise: cn.card}
    currency: {always: CNY}
    limit: {from: 额度}
- table: postings
  columns:
    account: {from: 账号}
    posting: {text: '{入账日}-{流水}'}
    kind: {from: 类型, codes: {D: purchase, C: payment}}
    amount: {from: 金额, sign: dropped}
    posted_date: {from: 入账日}
"""


@pytest.fixture
def bank(tmp_path):
    folder = tmp_path / "bank"
    folder.mkdir()
    (folder / "ls.csv").write_text(BANK_FILE, "utf-8")
    (tmp_path / "bank.yaml").write_text(MAPPING, "utf-8")
    return folder / "ls.csv"


def mapping(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def take(path: Path, by: str | Path):
    taken = actions.take_book(path=path, mapping=by, now=NOON)
    assert taken.reconciles
    return taken


def test_one_file_becomes_customers_numbers_accounts_and_postings(bank, tmp_path):
    taken = take(bank, tmp_path / "bank.yaml")
    assert {name: (count.new, count.unchanged) for name, count in taken.counts.items()} == {
        "customers": (2, 1), "contact_points": (1, 1), "accounts": (2, 1), "postings": (3, 0),
    }  # fmt: skip


def test_a_record_is_one_unit_whatever_tables_it_speaks_of(bank, tmp_path):
    bank.write_text(BANK_FILE.replace("7,00-", "7,0O-"), "utf-8")
    taken = take(bank, tmp_path / "bank.yaml")
    (reject,) = read_rejects(taken.rejects_file)
    assert (reject.line, reject.column, reject.value, reject.code) == (4, "金额", "7,0O-", "not_amount")
    assert taken.counts["customers"].new == 1, "李静's only line was set aside, and she with it"
    assert (taken.files[0].read, taken.files[0].set_aside) == (3, 1)


def test_rows_that_repeat_count_once_and_must_agree(tmp_path):
    file = tmp_path / "ls.csv"
    other_name = "C1|王晓明|622500001|13800000001|01|10.000,00|C"
    file.write_text(BANK_FILE.replace(other_name.replace("晓", "小"), other_name), "utf-8")
    taken = take(file, mapping(tmp_path / "bank.yaml", MAPPING))
    (reject,) = read_rejects(taken.rejects_file)
    assert (reject.line, reject.column, reject.code) == (3, "客户号", "disagrees")


def test_codes_dates_templates_and_separators_are_translated(tmp_path):
    file = tmp_path / "ls.csv"
    file.write_text(BANK_FILE, "utf-8")
    taken = take(file, mapping(tmp_path / "bank.yaml", MAPPING))
    assert taken.counts["accounts"].unchanged == 1, "the same account twice in one file is said once"
    rows = portfolio.rows_for(["622500001"])
    assert rows.postings == [
        ("622500001", "20261001-T1", "purchase", 123_450, date(2026, 10, 1), None, "ls.csv:2", None),
        ("622500001", "20261015-T2", "payment", 3_450, date(2026, 10, 15), None, "ls.csv:3", None),
    ]
    assert rows.accounts[0][5] == 1_000_000 and rows.contact_points[0][2] == "+8613800000001"


TALL = """\
title: wide
tables:
- table: statements
  each:
  - {n: '1', day: 2026-09-05, due: 2026-09-25}
  - {n: '2', day: 2026-10-05, due: 2026-10-25}
  skip_when: {'BAL{n}': ''}
  columns:
    account: {from: ID}
    statement_date: {always: '{day}'}
    due_date: {always: '{due}'}
    balance: {from: 'BAL{n}', minor_units: true}
"""


def test_a_wide_file_becomes_a_row_for_each_of_its_groups(tmp_path):
    actions.take_book(path=the_cast(tmp_path / "people"), now=NOON)
    file = tmp_path / "wide.csv"
    file.write_text("ID,BAL1,BAL2\n622500001,1250,-99\n622500002,,700\n622500002,1.5,\n")
    taken = take(file, mapping(tmp_path / "wide.yaml", TALL))
    balances = [row[1:4] for row in portfolio.rows_for(["622500001", "622500002"]).statements]
    assert balances == [
        (date(2026, 9, 5), date(2026, 9, 25), 1_250),
        (date(2026, 10, 5), date(2026, 10, 25), -99),
        (date(2026, 10, 5), date(2026, 10, 25), 700),
    ]
    (reject,) = read_rejects(taken.rejects_file)
    assert (reject.line, reject.column, reject.value, reject.code) == (4, "BAL1", "1.5", "not_amount")


def test_only_some_lines_of_a_file_may_speak_of_a_table(tmp_path):
    actions.take_book(path=the_cast(tmp_path / "people"), now=NOON)
    text = """\
title: two kinds of lines
tables:
- table: balances
  only_when: {T: B}
  columns: {account: {from: ID}, as_of: {always: 2026-10-31}, balance: {from: V}}
- table: lateness
  only_when: {T: L}
  columns: {account: {from: ID}, as_of: {always: 2026-10-31}, days_past_due: {from: V}}
"""
    file = tmp_path / "mixed.csv"
    file.write_text("T,ID,V\nB,622500001,10.00\nL,622500001,12\nX,622500001,1\n")
    taken = take(file, mapping(tmp_path / "m.yaml", text))
    assert (taken.files[0].read, taken.files[0].passed_over, taken.set_aside) == (3, 1, 0)
    assert portfolio.rows_for(["622500001"]).supplied == [("622500001", date(2026, 10, 31), 1_000, None, 12)]


@pytest.mark.parametrize(
    ("form", "text", "iso"),
    [
        ("YYYY/M/D", "2026/1/9", date(2026, 1, 9)),
        ("YYYY年M月D日", "2026年11月2日", date(2026, 11, 2)),
        ("DD.MM.YYYY", "02.11.2026", date(2026, 11, 2)),
        ("YYMMDD", "261102", date(2026, 11, 2)),
        ("YYYY-MM-DD *", "2026-11-02 23:59:59", date(2026, 11, 2)),
    ],
)
def test_dates_are_read_as_the_mapping_says(tmp_path, form, text, iso):
    actions.take_book(path=the_cast(tmp_path / "people"), now=NOON)
    said = f"""\
title: dates
date: '{form}'
tables:
- table: lateness
  columns: {{account: {{from: ID}}, as_of: {{from: D}}, days_past_due: {{always: '0'}}}}
"""
    file = tmp_path / "dates.csv"
    file.write_text(f"ID,D\n622500001,{text}\n622500002,{text}x\n")
    taken = take(file, mapping(tmp_path / "m.yaml", said))
    assert [row[1] for row in portfolio.rows_for(["622500001"]).supplied] == [iso]
    if not form.endswith("*"):
        (reject,) = read_rejects(taken.rejects_file)
        assert (reject.column, reject.code) == ("D", "not_date") and form in reject.words.en


def test_a_mapping_beside_the_files_of_a_folder_is_used(tmp_path):
    folder = tmp_path / "delivery"
    folder.mkdir()
    (folder / "ls.csv").write_text(BANK_FILE, "utf-8")
    (folder / "mapping.yaml").write_text(MAPPING, "utf-8")
    assert take(folder, None).mapping == "mapping"


def test_an_institutions_own_mapping_is_known_by_its_name_and_by_its_columns(tmp_path, home):
    (home / "mappings").mkdir(parents=True)
    (home / "mappings" / "wide.yaml").write_text(TALL)
    actions.take_book(path=the_cast(tmp_path / "people"), now=NOON)
    file = tmp_path / "anything.csv"
    file.write_text("ID,BAL1,BAL2\n622500001,1250,-99\n")
    assert take(file, None).mapping == "wide" and take(file, "wide").seen_before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("from: 客户号}\n    name", "form: 客户号}\n    name"), "Did you mean 'from'"),
        (("name: {from: 姓名}", "nmae: {from: 姓名}"), "customers has no column 'nmae'"),
        (("    name: {from: 姓名}\n", ""), "customers needs name"),
        (("{always: mobile}", "{always: mobile, text: x}"), "exactly one of"),
        (("date: YYYYMMDD", "date: YYYYMM"), "must name year, month and day"),
        (("decimal: ','", "decimal: ',,'"), "at most 1 character"),
        (("table: postings", "table: posting"), "tables.3.table"),
        (("title: 某行流水", "encoding: utf8859"), "title"),
        (("{always: CNY}", "{always: RMB}"), "is always 'RMB'"),
        (("from: 入账日}\n", "from: 入帐日}\n"), "Did you mean '入账日'"),
    ],
)
def test_a_mapping_that_cannot_be_right_is_refused_with_its_place(bank, tmp_path, change, said):
    with pytest.raises(Trouble) as refused:
        take(bank, mapping(tmp_path / "bank.yaml", MAPPING.replace(*change)))
    assert said in str(refused.value)
    assert isinstance(refused.value, WrongConfiguration) or "Did you mean" in said


def test_every_mapping_we_ship_can_be_read():
    shipped = sorted(SHIPPED.glob("*.yaml"))
    assert shipped
    for path in shipped:
        assert read_document(path, BankMapping).about
