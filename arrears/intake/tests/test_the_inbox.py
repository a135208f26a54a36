"""The inbox: books before payments, what is done is moved, what cannot be read says why."""

import pytest

from arrears.casebook import queries as casebook
from arrears.intake import actions, inbox
from arrears.intake.tests.books import NOON, text_of, the_cast
from arrears.intake.tests.test_bank_statements import GOOD, camt, paid
from arrears.intake.tests.test_taking_in_payments import HEADER, PAID
from arrears.portfolio import queries as portfolio

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


@pytest.fixture
def folder(settings):
    made = settings.INBOX_FOLDER
    made.mkdir(parents=True)
    return made


def fill(folder) -> None:
    the_cast(folder / "z-book")
    (folder / "a-payments.csv").write_text(text_of([HEADER, PAID]), "utf-8")


def test_books_come_before_payments_and_both_are_moved_when_done(folder):
    fill(folder)
    taken = actions.take_inbox(folder=folder, now=NOON)
    assert taken.files == ("z-book", "a-payments.csv") and taken.accounts == ("622500001",)
    assert sorted(path.name for path in folder.iterdir()) == ["done"]
    assert sorted(path.name for path in (folder / "done").iterdir()) == ["a-payments.csv", "z-book"]


def test_an_empty_or_missing_inbox_is_nothing_to_do(folder, tmp_path):
    for place in (folder, tmp_path / "nowhere"):
        assert actions.take_inbox(folder=place, now=NOON).files == ()


def test_a_file_that_cannot_be_read_does_not_stop_the_others_and_says_why(folder):
    (folder / "0.csv").write_text("x,y\n1,2\n")
    (folder / "notes.docx").write_bytes(b"\x00")
    fill(folder)
    taken = actions.take_inbox(folder=folder, now=NOON)
    assert len(taken.taken) == 2 and [one.name for one in taken.refused] == ["0.csv", "notes.docx"]
    reasons = {path.name: path.read_text() for path in (folder / "refused").glob("*.reason.txt")}
    assert "is no table known" in reasons["0.csv.reason.txt"] and len(reasons) == 2
    assert any("is no table known" in name for name in taken.files), "the round's report names it"


def test_what_is_still_being_written_is_left_alone(folder):
    (folder / "payments.csv.part").write_text("half")
    (folder / ".payments.csv").write_text("hidden")
    assert actions.take_inbox(folder=folder, now=NOON).files == ()
    assert len(list(folder.iterdir())) == 2


def test_the_same_name_twice_keeps_both(folder):
    for text in ([HEADER, PAID], [HEADER, ["N2", *PAID[1:]]]):
        (folder / "payments.csv").write_text(text_of(text), "utf-8")
        actions.take_inbox(folder=folder, now=NOON)
    assert sorted(path.name for path in (folder / "done").iterdir()) == ["payments-2.csv", "payments.csv"]


def test_killed_between_taking_and_moving_nothing_counts_twice(folder, monkeypatch):
    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    fill(folder)
    for _ in range(2):
        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(inbox, "_move", killed)
            actions.take_inbox(folder=folder, now=NOON)
        (folder / "z-book").rename(folder / "y-book") if (folder / "z-book").exists() else None
    actions.take_inbox(folder=folder, now=NOON)
    assert [m.ref for m in casebook.history_of("622500001").movements] == ["P1", "notice:N1"]
    assert portfolio.latest_delivery() == 1 and sorted(p.name for p in folder.iterdir()) == ["done"]


def test_money_that_waited_for_a_book_is_matched_in_the_same_round(folder):
    (folder / "payments.csv").write_text(text_of([HEADER, PAID]), "utf-8")
    assert actions.take_inbox(folder=folder, now=NOON).accounts == ()
    the_cast(folder / "book")
    assert actions.take_inbox(folder=folder, now=NOON).accounts == ("622500001",)


def test_statements_and_reports_of_the_bank_are_known_by_their_content_and_come_last(folder):
    fill(folder)
    (folder / "a.txt").write_text(GOOD)
    (folder / "b.xml").write_text(camt(paid(), closing="99.00"))
    taken = actions.take_inbox(folder=folder, now=NOON)
    assert taken.files[:3] == ("z-book", "a-payments.csv", "a.txt") and "does not add up" in taken.files[3]
    assert taken.accounts == ("622500001",) and not taken.refused
    assert {path.name for path in (folder / "done").iterdir()} >= {"a.txt", "b.xml"}


def test_a_status_report_about_no_file_of_ours_is_refused_with_its_reason(folder):
    (folder / "x.xml").write_text(
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.03"><CstmrPmtStsRpt><OrgnlGrpInfAndSts>'
        "<OrgnlMsgId>M</OrgnlMsgId></OrgnlGrpInfAndSts></CstmrPmtStsRpt></Document>"
    )
    (refused,) = actions.take_inbox(folder=folder, now=NOON).refused
    assert "no file of ours" in refused.reason and (folder / "refused" / "x.xml").exists()
