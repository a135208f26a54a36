"""`describe` drafts a mapping: what it is sure of loads, what it is not sure of says so."""

from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arrears.intake import actions
from arrears.intake.columns import layouts
from arrears.intake.describing import vocabulary
from arrears.intake.lines import UnableToRead
from arrears.intake.mapping import BankMapping
from arrears.intake.tests.books import NOON, POSTINGS, text_of, the_cast
from arrears.portfolio import queries as portfolio
from arrears.rulebook.documents import read_document

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]

FLOW = """\
账号,流水号,交易类型,交易金额,币种,入账日期,备注
622500001,T1,消费,"1,234.50",RMB,20261001,超市
622500001,T2,还款,-500.00,RMB,20261015,手机银行
"""
WIDE = """\
客户号;姓名;手机号;电子邮箱;信用额度;账号;账单日;还款日;最低还款额;本期应还
C1;王小明;13800000001;wang@example.com;50.000,00;622500001;05.10.2026;25.10.2026;100,00;1.000,00
"""
PAYMENTS = """\
Payment Ref,Payment Date,Payment Amount,Currency,Account Number,Remarks,Payer Name
N1,2026/10/5,88.00,CNY,,还款622500001,王小明
"""


def drafted(tmp_path: Path, content: bytes) -> tuple[Path, Path, BankMapping]:
    file, draft = tmp_path / "in.csv", tmp_path / "draft.yaml"
    file.write_bytes(content)
    draft.write_text(actions.describe(path=file), "utf-8")
    return file, draft, read_document(draft, BankMapping)


def test_a_chinese_flow_of_postings_is_drafted_and_loads(tmp_path):
    actions.take_book(path=the_cast(tmp_path / "people"), now=NOON)
    file, draft, mapping = drafted(tmp_path, FLOW.encode("gb18030"))
    (table,) = mapping.tables
    assert (table.table, mapping.encoding, mapping.unused) == ("postings", "gb18030", ("备注",))
    assert table.columns["kind"].codes == {"消费": "purchase", "还款": "payment"}
    assert table.columns["currency"].codes == {"RMB": "CNY"}
    taken = actions.take_book(path=file, mapping=draft, now=NOON)
    assert taken.set_aside == 0 and taken.counts["postings"].new == 2


def test_a_wide_file_with_german_numbers_is_drafted_into_its_tables(tmp_path):
    file, draft, mapping = drafted(tmp_path, WIDE.encode())
    assert [table.table for table in mapping.tables] == [
        "customers", "contact_points", "contact_points", "accounts", "statements",
    ]  # fmt: skip
    taken = actions.take_book(path=file, mapping=draft, now=NOON)
    assert taken.set_aside == 0
    rows = portfolio.rows_for(["622500001"])
    assert rows.statements[0][3:5] == (100_000, 10_000) and rows.accounts[0][5] == 5_000_000
    assert {row[1] for row in rows.contact_points} == {"mobile", "email"}


def test_a_file_of_payments_is_drafted_as_such(tmp_path):
    _, _, mapping = drafted(tmp_path, PAYMENTS.encode())
    (table,) = mapping.tables
    assert table.table == "payments" and table.columns["received_date"].date == "YYYY/M/D"
    assert {name: cell.from_ for name, cell in table.columns.items()}["reference"] == "Remarks"


def test_what_is_unsure_says_so(tmp_path):
    file = tmp_path / "in.csv"
    file.write_text("账号,流水号,交易类型,交易金额,入账日期\n622500001,T1,ZZ9,5.00,03/04/2026\n", "utf-8")
    draft = actions.describe(path=file)
    assert "也可能是 it may also be MM/DD/YYYY" in draft
    assert "还缺 still missing: 'ZZ9'" in draft
    assert "文件没有币种 the file names none" in draft


def test_a_required_column_nobody_found_stands_in_the_draft_as_a_comment(tmp_path):
    file = tmp_path / "in.csv"
    file.write_text("姓名,手机\n王小明,13800000001\n", "utf-8")
    assert "# customer: {from: ...}  # 必填 required" in actions.describe(path=file)


def test_our_own_columns_are_described_as_they_are(tmp_path):
    _, _, mapping = drafted(tmp_path, text_of(POSTINGS).encode())
    assert {name: cell.from_ for name, cell in mapping.tables[0].columns.items() if cell.from_} == {
        name: name for name in POSTINGS[0]
    }


def test_a_file_like_none_of_our_tables_is_refused(tmp_path):
    file = tmp_path / "in.csv"
    file.write_text("x,y\n1,2\n")
    with pytest.raises(UnableToRead, match="resembles none of our tables"):
        actions.describe(path=file)


def test_the_vocabulary_knows_our_columns_and_no_others():
    ours = {column.name for layout in layouts(frozenset()).values() for column in layout.columns}
    assert set(vocabulary().columns) <= ours


HEADERS = st.sampled_from([name for words in vocabulary().columns.values() for name in words])
ODD_CELLS = st.one_of(
    st.text(max_size=6), st.sampled_from(["2026/1/2", "1,5", "NULL", "消费", "'", "{x}", "#", ": "])
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(HEADERS, min_size=1, max_size=6, unique=True),
    st.lists(st.lists(ODD_CELLS, max_size=6), max_size=4),
)
def test_whatever_stands_in_a_file_the_draft_is_yaml(tmp_path_factory, header, rows):
    file = tmp_path_factory.mktemp("odd") / "in.csv"
    file.write_text(text_of([header, *rows]), "utf-8", "surrogatepass")
    try:
        draft = actions.describe(path=file)
    except UnableToRead as refused:
        assert "resembles none" in str(refused)
        return
    assert {"title", "tables"} <= set(yaml.safe_load(draft))
