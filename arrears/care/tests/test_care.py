"""What a customer raises, day by day: the hold, the clock, the papers, the answer."""

import zlib
from datetime import UTC, date, datetime, timedelta
from zlib import compress

import pytest

from arrears.care import actions, papers, queries
from arrears.care.actions import Correction, Raised, UnableToAnswer, UnableToRaise
from arrears.care.types import ABOUTS, LATE_BECAUSE, MatterKind, Outcome
from arrears.casebook import actions as casebook
from arrears.casebook import queries as casebook_queries
from arrears.casebook.types import BookRows, FactKind
from arrears.clearance import queries as clearance
from arrears.clearance.types import Asking, Proposal
from arrears.contact.actions import UnableToSay
from arrears.kernel.trouble import WrongConfiguration
from arrears.reckoning import queries as reckoning
from arrears.rulebook.clocks import clocks
from arrears.rulebook.reasons import reasons

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00:~\x9bU"
    + b"\x00\x00\x00\nIDAT" + zlib.compress(b"\x00\x00") + b"\x00\x00\x00\x00IEND\xaeB`\x82"
)  # fmt: skip


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.PAPERS_FOLDER, settings.SCANNER = tmp_path / "papers", ""
    return settings.PAPERS_FOLDER


@pytest.fixture
def zhao(db):
    """Zhao Qiang owes 459.90 since the October statement."""
    casebook.enter(
        rows=BookRows(
            customers=[("C3", "赵强", None, None)],
            contact_points=[("C3", "mobile", "+8613800000003", None)],
            accounts=[("A3", "C3", "cn.card", "CNY", None, None, None)],
            postings=[("A3", "P1", "purchase", 45_990, date(2026, 9, 20), None, "book.csv:2")],
            statements=[("A3", date(2026, 10, 5), date(2026, 10, 25), None, None, None)],
        ),
        now=NOON,
    )
    return "C3"


def raise_one(about="wrong_amount", *, key="k1", now=NOON, by="customer", **more):
    return actions.raise_matter(
        raised=Raised(key=key, about=about, customer_ref="C3", account_ref="A3", **more), by=by, now=now
    )


def may_call():
    wish = Proposal(at=NOON, channel="call", point="+8613800000003", debts=("A3",))
    return clearance.would_clear(Asking("q", "C3", wish, "A3"), book="cn.card_issuer", now=NOON).cleared


def test_an_objection_stops_collection_at_once_and_its_answer_lets_it_go_on(zhao):
    assert may_call()
    ref = raise_one(text="这个月的利息算错了")
    assert not may_call()
    actions.answer(ref=ref, outcome=Outcome.REJECTED, text="逐日核对无误，附计算表。", by="lin", now=NOON)
    assert may_call()


def test_raised_twice_with_one_key_it_is_one_matter(zhao):
    assert raise_one() == raise_one()
    assert len(queries.matters_of("C3")) == 1
    assert [fact.kind for fact in casebook_queries.facts_of("C3")] == [
        FactKind.OBJECTION,
        FactKind.LATENESS_REASON,
    ]


def test_our_own_sum_is_laid_beside_an_objection(zhao):
    seen = queries.matter(raise_one()).second_opinion
    owed = reckoning.owed(history=casebook_queries.history_of("A3"), as_of=date(2026, 11, 21))
    assert (seen["payoff_cents"], seen["differs"]) == (owed.payoff_cents, None)


@pytest.mark.parametrize(
    ("about", "days"), [("at_night", 15), ("credit_report", 20), ("wrong_amount", 15), ("illness", 30)]
)
def test_each_kind_has_its_clock_and_the_first_day_does_not_count(zhao, about, days):
    seen = queries.matter(raise_one(about, consent=True))
    assert seen.due_date == date(2026, 11, 21) + timedelta(days=days)
    assert seen.days_left(date(2026, 11, 21)) == days


def test_a_complaint_is_extended_to_thirty_and_sixty_days_and_no_further(zhao):
    ref = raise_one("threatened")
    extend = lambda: actions.extend(ref=ref, reason="情况复杂", by="lin", now=NOON)  # noqa: E731
    assert [extend(), extend()] == [date(2026, 12, 21), date(2027, 1, 20)]
    with pytest.raises(UnableToAnswer, match="no further time is given"):
        extend()


def test_money_taken_wrongly_is_given_back_and_reckoned(zhao):
    before = reckoning.owed(history=casebook_queries.history_of("A3"), as_of=date(2026, 11, 21))
    ref = raise_one()
    actions.answer(
        ref=ref, outcome=Outcome.UPHELD, text="退还。", by="lin", now=NOON, correction=Correction(10_000)
    )
    after = reckoning.owed(history=casebook_queries.history_of("A3"), as_of=date(2026, 11, 21))
    assert before.payoff_cents - after.payoff_cents == 10_000
    assert queries.matter(ref).corrected_cents == 10_000


def test_the_bureau_is_told_to_mark_at_once_and_to_correct_with_the_answer(zhao):
    ref = raise_one("credit_report")
    assert [notice.what for notice in queries.bureau_notices()] == ["mark"]
    assert actions.tell_bureau(ref=ref, what="mark", by="lin", now=NOON)
    assert not actions.tell_bureau(ref=ref, what="mark", by="lin", now=NOON)
    actions.answer(ref=ref, outcome=Outcome.UPHELD, text="已更正。", by="lin", now=NOON)
    assert [notice.what for notice in queries.bureau_notices()] == ["correct"]


def test_nobody_judges_a_complaint_about_their_own_call(zhao):
    casebook.record_fact(
        key="call:1", kind=FactKind.CONTACT_MADE, customer_ref="C3", happened_at=NOON, now=NOON, by="he.min",
        payload={"channel": "call"},
    )  # fmt: skip
    ref = raise_one("threatened", about_contact="call:1")
    with pytest.raises(UnableToAnswer, match=r"he\.min made the contact"):
        actions.answer(ref=ref, outcome=Outcome.REJECTED, text="没有。", by="he.min", now=NOON)
    actions.answer(ref=ref, outcome=Outcome.UPHELD, text="道歉。", by="lin", now=NOON)


def test_a_need_is_kept_only_with_consent_and_ends_without_blame(zhao):
    with pytest.raises(UnableToRaise, match="only with their consent"):
        raise_one("illness")
    ref = raise_one("illness", consent=True, supports=("only_letters",))
    with pytest.raises(UnableToAnswer, match="does not end as rejected"):
        actions.answer(ref=ref, outcome=Outcome.REJECTED, text="x", by="lin", now=NOON)
    actions.answer(ref=ref, outcome=Outcome.ENDED, text="已康复。", by="lin", now=NOON)
    assert queries.matters_of("C3")[0].outcome is Outcome.ENDED


def test_an_answer_nobody_may_give_is_refused_with_a_better_one_and_kept_on_record(zhao):
    ref = raise_one()
    with pytest.raises(UnableToSay, match=f"answer to {ref}.*告诉您的家人"):
        actions.answer(
            ref=ref, outcome=Outcome.REJECTED, text="再不还钱我们就告诉您的家人。", by="lin", now=NOON
        )
    assert queries.matter(ref).is_open
    [fact] = [each for each in casebook_queries.facts_of("C3") if each.kind is FactKind.WORDS_QUESTIONED]
    assert fact.recorded_by == "lin" and "告诉您的家人" in fact.payload["stopped"]


def test_a_reason_for_more_time_is_read_before_the_customer_reads_it(zhao):
    ref = raise_one()
    before = queries.matter(ref).due_date
    with pytest.raises(UnableToSay, match="告诉您的家人"):
        actions.extend(ref=ref, reason="再不还钱我们就告诉您的家人。", by="lin", now=NOON)
    assert queries.matter(ref).due_date == before


def test_a_note_may_quote_what_was_said_and_is_read_afterwards(zhao):
    ref = raise_one()
    found = actions.say(ref=ref, text="录音里说：再不还钱我们就告诉您的家人。", by="lin", now=NOON)
    assert found and queries.matter(ref).steps[-1].text.startswith("录音里说")
    [fact] = [each for each in casebook_queries.facts_of("C3") if each.kind is FactKind.WORDS_QUESTIONED]
    assert fact.payload["sent"] is True


def test_troubles_speak_one_language_on_a_page_of_one_language(zhao):
    with pytest.raises(UnableToAnswer) as trouble:
        actions.answer(ref="M99", outcome=Outcome.UPHELD, text="x", by="lin", now=NOON)
    assert trouble.value.said_in("zh-hans") == "没有事项 M99。"
    assert trouble.value.said_in("en") == "There is no matter M99."


def test_an_answer_that_wants_a_second_look_is_given_and_says_so(zhao):
    ref = raise_one()
    found = actions.answer(
        ref=ref, outcome=Outcome.REJECTED, text="逐日核对无误，今天必须处理。", by="lin", now=NOON
    )
    assert [finding.severity for finding in found] == ["look"] and not queries.matter(ref).is_open


def test_an_answered_matter_stays_answered(zhao):
    ref = raise_one()
    actions.answer(ref=ref, outcome=Outcome.WITHDRAWN, text="客户撤回。", by="lin", now=NOON)
    for act in (
        lambda: actions.answer(ref=ref, outcome=Outcome.UPHELD, text="y", by="lin", now=NOON),
        lambda: actions.extend(ref=ref, reason="z", by="lin", now=NOON),
        lambda: actions.take(ref=ref, by="lin", now=NOON),
    ):
        with pytest.raises(UnableToAnswer, match="was answered on 2026-11-21"):
            act()


def test_an_answer_has_words_and_a_correction_a_sense(zhao):
    ref = raise_one()
    for told in (
        {"outcome": Outcome.UPHELD, "text": "  "},
        {"outcome": Outcome.REJECTED, "text": "x", "correction": Correction(5)},
        {"outcome": Outcome.UPHELD, "text": "x", "correction": Correction(0)},
    ):
        with pytest.raises(UnableToAnswer):
            actions.answer(ref=ref, by="lin", now=NOON, **told)
    assert queries.matter(ref).is_open


def test_the_most_pressing_stand_first_and_late_ones_are_counted(zhao):
    late = raise_one("at_night", key="a", now=NOON - timedelta(days=20))
    fresh = raise_one("not_mine", key="b")
    assert [matter.ref for matter in queries.open_matters()] == [late, fresh]
    assert queries.late_count(date(2026, 11, 21)) == (2, 1)


def test_every_step_is_kept_with_its_name(zhao):
    ref = raise_one()
    actions.take(ref=ref, by="lin", now=NOON)
    actions.say(ref=ref, text="请客户补充收据", by="lin", now=NOON)
    actions.answer(ref=ref, outcome=Outcome.PARTLY, text="部分成立。", by="lin", now=NOON)
    seen = queries.matter(ref)
    assert [step.what for step in seen.steps] == ["raised", "took", "asked", "answered"]
    assert seen.owner == "lin"


def test_every_reason_a_matter_tells_is_on_the_list():
    assert set(LATE_BECAUSE) <= set(ABOUTS) and set(LATE_BECAUSE.values()) <= set(reasons())


def test_every_kind_of_matter_has_a_clock():
    assert set(clocks()) == {str(kind) for kind in MatterKind} and {a.kind for a in ABOUTS.values()} == set(
        MatterKind
    )


def test_two_clocks_for_one_kind_stop_the_start_and_name_the_line(tmp_path):
    for name in ("a", "b"):
        text = (clocks.__wrapped__.__globals__["FOLDER"] / "house.needs.yaml").read_text("utf-8")
        (tmp_path / f"{name}.yaml").write_text(text, "utf-8")
    with pytest.raises(WrongConfiguration, match=r"b\.yaml, line 6"):
        clocks.__wrapped__(tmp_path)


# Papers ----------------------------------------------------------------------------------


PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def packed(objects: bytes) -> bytes:
    """An object stream, as PDF 1.5 hides objects in."""
    head = b"7 0 obj<</Type/ObjStm/N 1/First 4/Filter/FlateDecode>>stream\n"
    return head + compress(objects) + b"\nendstream endobj\n"


def add(ref, content=PNG, name="收据.png"):
    return actions.add_paper(ref=ref, name=name, content=content, by="customer", now=NOON)


def test_a_photo_is_kept_once_outside_any_web_root_and_under_its_hash(zhao, folder):
    ref = raise_one()
    assert add(ref) == add(ref)
    (paper,) = queries.matter(ref).papers
    seen, matter, place = queries.paper(paper.key)
    assert (seen.media_type, seen.scan, matter.ref) == ("image/png", "not_scanned", ref)
    assert place.read_bytes() == PNG and place.name == paper.sha256 and place.is_relative_to(folder)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"<html><script>alert(1)</script>", "kind of file"),
        (b"MZ" + bytes(100), "kind of file"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "kind of file"),
        (b"PK\x03\x04" + bytes(60), "kind of file"),
        (b"GIF89a/*" + bytes(20) + b"*/=1;alert(1)", "kind of file"),
        (PNG[:16] + (60_000).to_bytes(4, "big") * 2 + PNG[24:], "too large to be opened"),
        (PNG[:9], "incomplete"),
        (
            PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>"),
            "carries a program",
        ),
        (PDF.replace(b"/Catalog", b"/Catalog/AA<</S/Java#53cript/JS(app.alert(1))>>"), "carries a program"),
        (PDF.replace(b"/Catalog", b"/Catalog/Names<</EmbeddedFiles 4 0 R>>"), "carries a program"),
        (PDF + packed(b"9 0 <</S/JavaScript/JS(app.alert(1))>>"), "carries a program"),
        (PDF + packed(b"a" * (3 << 20)), "carries a program"),
        (PDF + b"1 0 obj<</Type/ObjStm/Filter/LZWDecode>>stream\nabc\nendstream", "carries a program"),
        (PDF + b"stream\n" * 20_000, "carries a program"),
        (PDF.replace(b"trailer<<", b"trailer<</Encrypt 5 0 R"), "protected by a password"),
        (PNG + bytes(papers.MOST_BYTES), "at most 10 MB"),
    ],
)
def test_what_is_no_picture_and_no_plain_pdf_is_refused_with_a_way_out(zhao, folder, content, said):
    ref = raise_one()
    with pytest.raises(papers.UnableToKeepPaper, match=said):
        add(ref, content, name="receipt.png")
    assert queries.matter(ref).papers == () and not [p for p in folder.rglob("*") if p.is_file()]


def test_a_scanner_says_whether_a_file_is_clean(zhao, settings, folder):
    ref = raise_one()
    settings.SCANNER = "/bin/false"
    with pytest.raises(papers.UnableToKeepPaper, match="check for harm refused"):
        add(ref)
    assert not [p for p in folder.rglob("*") if p.is_file()]
    settings.SCANNER = "/bin/true"
    add(ref)
    assert queries.matter(ref).papers[0].scan == "clean"


def test_a_scanner_that_cannot_be_asked_keeps_nothing(zhao, settings):
    settings.SCANNER = "/no/such/scanner"
    with pytest.raises(papers.UnableToKeepPaper, match="could not be checked"):
        add(raise_one())


def test_a_name_cannot_lead_anywhere(zhao):
    ref = raise_one()
    add(ref, name="../../etc/passwd\x00.png")
    assert queries.matter(ref).papers[0].name == "passwd.png"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("收据.PNG", "收据.PNG"),
        ("..", "...png"),
        (
            "C:\\Users\\li\\evil.html",
            "evil.html.png",
        ),  # a picture that is a web page too is saved as a picture
        ("cod\u202egnp.exe", "codgnp.exe.png"),  # the mark that turns the reading direction
        ("", "file.png"),
    ],
)
def test_a_name_ends_as_its_content_does_and_reads_one_way(zhao, given, kept):
    ref = raise_one()
    add(ref, name=given)
    assert queries.matter(ref).papers[0].name == kept


def test_an_ordinary_pdf_that_opens_on_its_first_page_is_kept(zhao):
    ref = raise_one()
    page = b"2 0 obj<</Subtype/Image/Filter/FlateDecode>>stream\n" + compress(bytes(5_000_000)) + b"endstream"
    add(ref, PDF.replace(b"/Catalog", b"/Catalog/OpenAction[3 0 R /Fit]") + page, name="流水.pdf")
    assert queries.matter(ref).papers[0].media_type == "application/pdf"
