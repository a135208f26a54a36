"""Direct debits: what is due is collected once, what comes back is owed again and waits for a person."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from arrears.arrangements import actions as arrangements
from arrears.arrangements.tests.town import AGENT, DAY, TODAY, agreed, noon, people
from arrears.casebook import actions as casebook_actions
from arrears.casebook import queries as casebook
from arrears.casebook.types import FactKind
from arrears.daily.debiting import collect_debits
from arrears.intake import actions, queries
from arrears.intake.debits.configuration import load_creditors
from arrears.intake.debits.types import BankAccount
from arrears.kernel.trouble import WrongConfiguration
from arrears.reckoning import queries as reckoning

pytestmark = pytest.mark.django_db
CREDITORS = """creditors:
- currency: CNY
  name: Arrears Bank
  scheme: CN98ZZZ09999999999
  account: {other: '6222000011112222', bic: BANKCNBJ}
  instrument: CORE
  service: SEPA
  text: Card {account}
"""
SIGNED = {
    "state": "signed",
    "mandate": "M-1",
    "signed_date": "2026-05-02",
    "debtor_name": "Wang Xiaoming",
    "account": {"iban": "DE89 3704 0044 0532 0130 00", "bic": "COBADEFFXXX"},
    "scheme": "CN98ZZZ09999999999",
}
LATER = noon(TODAY, 18)


@pytest.fixture(autouse=True)
def house(home, db):
    (home / "money").mkdir(parents=True)
    (home / "money" / "debits.yaml").write_text(CREDITORS)
    people()
    return home


def signs(card: str = "A1", **more) -> None:
    told = {**SIGNED, "mandate": f"M-{card}", **more}
    actions.tell_mandate(
        account_ref=card, payload=told, happened_at=noon(date(2026, 5, 2)), by="test", now=noon()
    )


def collect(on: date = TODAY, version="08"):
    return collect_debits(on=on, version=version, now=noon(on))


def owed(account: str = "A1", on: date = TODAY):
    (history,) = casebook.histories([account])
    return reckoning.owed(history=history, as_of=on)


def inside(made, path: str) -> list[str]:
    root = etree.fromstring(made.content)
    return [each.text for each in root.iterfind(".//" + "/".join(f"{{*}}{name}" for name in path.split("/")))]


def why(made, account: str = "A1") -> str:
    return next(one.words.en for one in made.refused if one.account_ref == account)


def state(account: str = "A1") -> str:
    return queries.collections_seen([account])[0].state


# --- the file


@pytest.mark.parametrize("version", ["02", "08"])
def test_the_file_is_valid_by_its_schema(version, shared):
    xmlschema = pytest.importorskip("xmlschema")
    found = (
        shared / "data/pain_iso20022/templates" / f"pain.008.001.{version}" / f"pain.008.001.{version}.xsd"
    )
    if not found.is_file():
        pytest.skip("the schemas of ISO 20022 are not on this machine")
    signs("A1")
    signs("A2", account={"other": "6217000099"}, debtor_name="Léo Ångström")
    signs("A3", account={"other": "6217000098", "clearing": "102100099996"})
    made = collect(version=version)
    assert made.count == 3
    xmlschema.XMLSchema(str(found)).validate(etree.fromstring(made.content))


def test_count_and_control_sum_are_those_of_the_collections():
    signs("A1"), signs("A2")
    made = collect()
    amounts = inside(made, "InstdAmt")
    assert inside(made, "GrpHdr/NbOfTxs") == ["2"] == inside(made, "PmtInf/NbOfTxs")
    assert (
        Decimal(inside(made, "GrpHdr/CtrlSum")[0]) == sum(map(Decimal, amounts)) == Decimal(made.sums["CNY"])
    )
    assert amounts[0] == f"{owed().overdue_cents / 100:.2f}"


def test_the_same_day_again_is_the_same_file_and_no_second_collection():
    signs("A1")
    first = collect()
    signs("A2")
    second = collect()
    assert second.again and second.content == first.content and second.count == 1
    with pytest.raises(actions.UnableToDebit, match="was made as pain"):
        collect(version="02")


def test_what_is_under_way_is_not_collected_on_the_next_day():
    signs("A1")
    collect()
    made = collect(TODAY + DAY)
    assert made.count == 0 and "under way" in why(made)


def test_the_first_collection_of_a_mandate_is_first_and_the_next_one_recurs():
    signs("A1")
    assert inside(collect(), "SeqTp") == ["FRST"]
    arrives(queries.collections_seen()[0])
    assert inside(collect(date(2026, 6, 20)), "SeqTp") == ["RCUR"]


def test_an_agreement_that_is_kept_is_collected_by_its_instalments():
    agreement = agreed(months=24)
    signs("A1")
    first = agreement.schedule.parts[0]
    assert why(collect(first.day - DAY)) == "nothing is due on that day"
    assert inside(collect(first.day), "InstdAmt") == [f"{first.due_cents / 100:.2f}"]


@pytest.mark.parametrize("kind", [FactKind.DISPUTE, FactKind.FRAUD, FactKind.DECEASED, FactKind.BANKRUPT])
def test_a_hold_stops_the_collection_and_is_named(kind):
    signs("A1")
    casebook_actions.record_fact(
        key="h", kind=kind, customer_ref="C1", happened_at=noon(), now=noon(), by="test"
    )
    made = collect()
    assert made.count == 0 and str(kind) in why(made)


def test_a_running_promise_stops_the_collection():
    signs("A1")
    arrangements.record_promise(
        key="p", account_ref="A1", cents=1000, day=TODAY + DAY, channel="call", who=AGENT, now=noon()
    )
    assert "promised" in why(collect())


def test_a_revoked_mandate_collects_nothing():
    signs("A1")
    actions.tell_mandate(
        account_ref="A1",
        payload={"state": "revoked", "mandate": "M-A1"},
        happened_at=noon(TODAY),
        by="test",
        now=noon(),
    )
    made = collect()
    assert made.count == 0 and not made.refused


def test_a_name_the_bank_cannot_read_is_refused_and_not_changed():
    signs("A1", debtor_name="王小明")
    assert "王小明" in why(collect())


def test_no_name_can_end_an_element(house):
    written = CREDITORS + "  characters: any\n"
    (house / "money" / "debits.yaml").write_text(written)
    evil = "</Nm><Nm>x]]>&amp;"
    signs("A1", debtor_name=evil)
    assert inside(collect(), "Dbtr/Nm") == [evil]


def test_a_mandate_for_another_creditor_is_refused():
    signs("A1", scheme="OTHER")
    assert "another creditor" in why(collect())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"account": {"iban": "DE88370400440532013000"}}, "no IBAN"),
        ({"account": {}}, "either iban or other"),
        ({"signed_date": None}, "a signed mandate has"),
        ({"mandate": "a//b"}, "Latin letters"),
    ],
)
def test_a_mandate_that_cannot_be_used_is_refused_on_the_way_in(change, said):
    with pytest.raises(actions.UnableToReadMandate, match=said):
        signs(**change)
    assert not casebook.facts_of("C1")


def test_a_wrong_creditor_is_named_by_file_and_line(house):
    (house / "money" / "debits.yaml").write_text(CREDITORS.replace("BANKCNBJ", "no"))
    with pytest.raises(WrongConfiguration, match=r"debits\.yaml, line 5"):
        load_creditors()
    (house / "money" / "debits.yaml").write_text(CREDITORS.replace("Arrears Bank", "某银行"))
    with pytest.raises(WrongConfiguration, match=r"debits\.yaml, line 3"):
        load_creditors()


def test_nobody_set_up_to_collect_is_said(house):
    (house / "money" / "debits.yaml").unlink()
    with pytest.raises(actions.UnableToDebit, match="nobody is set up"):
        collect()


def test_an_account_at_a_bank_is_one_account():
    assert BankAccount(iban="de89 3704 0044 0532 0130 00").iban == "DE89370400440532013000"


# --- what comes back

REPORT = """<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.03">
<CstmrPmtStsRpt><GrpHdr><MsgId>S1</MsgId><CreDtTm>2026-06-11T08:00:00</CreDtTm></GrpHdr>
<OrgnlGrpInfAndSts><OrgnlMsgId>{message}</OrgnlMsgId><OrgnlMsgNmId>pain.008</OrgnlMsgNmId>{group}</OrgnlGrpInfAndSts>
{inside}</CstmrPmtStsRpt></Document>"""
BLOCK = "<OrgnlPmtInfAndSts><OrgnlPmtInfId>{block}</OrgnlPmtInfId>{status}{inside}</OrgnlPmtInfAndSts>"
ONE = """<TxInfAndSts><OrgnlEndToEndId>{name}</OrgnlEndToEndId><TxSts>{status}</TxSts>
<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn></StsRsnInf></TxInfAndSts>"""
RETURN = """<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.02">
<BkToCstmrDbtCdtNtfctn><GrpHdr><MsgId>N{number}</MsgId><CreDtTm>2026-06-12T08:00:00</CreDtTm></GrpHdr><Ntfctn><Id>N{number}</Id>
<Acct><Id><Othr><Id>6222000011112222</Id></Othr></Id></Acct><Ntry><Amt Ccy="CNY">{amount}</Amt>
<CdtDbtInd>{way}</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>{day}</Dt></BookgDt><NtryDtls><TxDtls>
<Refs><AcctSvcrRef>B{number}</AcctSvcrRef><EndToEndId>{name}</EndToEndId></Refs>{reason}</TxDtls></NtryDtls></Ntry>
</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>"""


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path


def answer(folder: Path, made, inside: str = "", group: str = ""):
    file = folder / "answer.xml"
    file.write_text(REPORT.format(message=made.name, inside=inside, group=group))
    return actions.take_answer(path=file, now=LATER)


def one(name: str, status: str = "RJCT", code: str = "AM04") -> str:
    return BLOCK.format(block="?", status="", inside=ONE.format(name=name, status=status, code=code))


def advice(folder: Path, seen, *, way: str = "CRDT", day: str = "2026-06-11", code: str = "") -> None:
    reason = f"<RtrInf><Rsn><Cd>{code}</Cd></Rsn></RtrInf>" if code else ""
    file = folder / f"{way}.xml"
    number = 1 if way == "CRDT" else 2
    amount = f"{seen.cents / 100:.2f}"
    told = {"number": number, "amount": amount, "way": way, "day": day, "name": seen.end_to_end}
    file.write_text(RETURN.format(reason=reason, **told))
    actions.take_statements(path=file, now=LATER)


def arrives(seen) -> None:
    from tempfile import mkdtemp

    advice(Path(mkdtemp()), seen)


def test_money_collected_finds_its_account_by_its_name(folder):
    signs("A1")
    collect()
    (seen,) = queries.collections_seen()
    before = owed(on=date(2026, 6, 11)).payoff_cents
    advice(folder, seen)
    assert state() == "paid" and owed(on=date(2026, 6, 11)).payoff_cents == before - seen.cents


def test_a_rejected_collection_keeps_its_reason_and_waits_for_a_person(folder):
    signs("A1"), signs("A2")
    made = collect()
    name = queries.collections_seen(["A1"])[0].end_to_end
    taken = answer(folder, made, one(name))
    assert (taken.rejected, taken.touched) == (1, ("A1",)) and (state("A1"), state("A2")) == (
        "rejected",
        "sent",
    )
    (seen,) = queries.collections_seen(["A1"])
    assert (seen.code, seen.words.zh) == ("AM04", "余额不足")
    later = collect(TODAY + DAY)
    assert "a person decides" in why(later) and later.count == 0
    assert actions.release_debit(end_to_end=name, reason="he rang: try again", by="li", now=LATER)
    assert collect(TODAY + DAY).count == 1


def test_a_report_told_again_changes_nothing(folder):
    signs("A1")
    made = collect()
    name = queries.collections_seen()[0].end_to_end
    answer(folder, made, one(name))
    again = answer(folder, made, one(name, code="AC04"))
    assert (again.rejected, again.known_before) == (0, 1) and queries.collections_seen()[0].code == "AM04"
    assert sum(fact.kind is FactKind.DIRECT_DEBIT for fact in casebook.facts_of("C1")) == 1


def test_a_whole_file_and_a_block_can_be_rejected(folder):
    signs("A1"), signs("A2")
    made = collect()
    answer(folder, made, group="<GrpSts>RJCT</GrpSts><StsRsnInf><Rsn><Cd>FF01</Cd></Rsn></StsRsnInf>")
    assert {one.code for one in queries.collections_seen()} == {"FF01"} and state() == "rejected"


def test_a_report_in_part_rejects_what_it_names_alone(folder):
    signs("A1"), signs("A2"), signs("A3")
    made = collect()
    block = BLOCK.format(
        block=f"{made.name}-1",
        status="<PmtInfSts>PART</PmtInfSts>",
        inside=ONE.format(name=queries.collections_seen(["A2"])[0].end_to_end, status="RJCT", code="MD01")
        + ONE.format(name="NOT-OURS", status="RJCT", code="MD01"),
    )
    taken = answer(folder, made, block, group="<GrpSts>PART</GrpSts>")
    assert taken.rejected == 1 and taken.unknown == ("NOT-OURS",)
    assert [state(ref) for ref in ("A1", "A2", "A3")] == ["sent", "rejected", "sent"]


def test_a_report_about_no_file_of_ours_is_refused(folder):
    file = folder / "answer.xml"
    file.write_text(REPORT.format(message="X", inside="", group=""))
    with pytest.raises(actions.UnableToDebit, match="no file of ours"):
        actions.take_answer(path=file, now=LATER)


@pytest.mark.parametrize("order", ["money first", "return first"])
def test_what_was_collected_and_came_back_is_owed_again_in_any_order(folder, order):
    signs("A1")
    collect()
    (seen,) = queries.collections_seen()
    before = owed(on=date(2026, 6, 15)).payoff_cents
    steps = [
        lambda: advice(folder, seen),
        lambda: advice(folder, seen, way="DBIT", day="2026-06-12", code="MD06"),
    ]
    for step in steps if order == "money first" else reversed(steps):
        step()
    (seen,) = queries.collections_seen()
    assert (seen.state, seen.code) == ("returned", "MD06") and "要求退回" in seen.words.zh
    assert owed(on=date(2026, 6, 15)).payoff_cents == before
    made = collect(date(2026, 6, 15))
    assert made.count == 0 and "asked for an authorised debit back" in why(made)


# --- one credit for a whole file


def credit(text: str, cents: int, folder: Path, *, ref: str = "B1", name: str = "lump.sta"):
    """A statement of the bank with one credit in it."""
    said, closing = (
        f"{cents // 100},{cents % 100:02d}",
        f"{(100000 + cents) // 100},{(100000 + cents) % 100:02d}",
    )
    (folder / name).write_text(
        f":20:R\n:25:62220000\n:28C:{len(name)}\n:60F:C260601CNY1000,00\n"
        f":61:2606020602C{said}NDDTNONREF//{ref}\n:86:{text}\n:62F:C260602CNY{closing}\n",
        "utf-8",
    )
    (taken,) = actions.take_statements(path=folder / name, now=LATER).statements
    return taken


def detail(end_to_end: str, cents: int, folder: Path) -> None:
    """The bank's advice of one collection, by its own name."""
    amount = f"{cents // 100}.{cents % 100:02d}"
    (folder / f"{end_to_end}.xml").write_text(
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.02"><BkToCstmrDbtCdtNtfctn><Ntfctn>'
        f"<Id>{end_to_end}</Id><Acct><Id><Othr><Id>62220000</Id></Othr></Id></Acct><Ntry><Amt Ccy='CNY'>{amount}"
        "</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-06-02</Dt></BookgDt><NtryDtls><TxDtls>"
        f"<Refs><EndToEndId>{end_to_end}</EndToEndId></Refs></TxDtls></NtryDtls></Ntry></Ntfctn>"
        "</BkToCstmrDbtCdtNtfctn></Document>",
        "utf-8",
    )
    actions.take_statements(path=folder / f"{end_to_end}.xml", now=LATER)


def total_of(made) -> int:
    return int(Decimal(made.sums["CNY"]) * 100)


@pytest.mark.parametrize("advice", ["before", "after", "never"])
def test_one_credit_for_the_whole_file_pays_every_collection_once_whoever_tells_it_first(tmp_path, advice):
    signs("A1"), signs("A2")
    made = collect()
    (first, *_) = queries.collections_seen(["A1"])
    if advice == "before":
        detail(first.end_to_end, first.cents, tmp_path)
    taken = credit(f"SAMMLER {made.name.swapcase()}-1", total_of(made), tmp_path)
    assert taken.booked and taken.counts["matched"] == 1
    if advice == "after":
        detail(first.end_to_end, first.cents, tmp_path)
    assert {state("A1"), state("A2")} == {"paid"} and not casebook.unmatched_money()
    (totals,) = casebook.money_totals()
    assert totals.adds_up and totals.booked_cents == total_of(made)


def test_a_credit_that_is_not_the_sum_of_the_file_waits_with_the_reason(tmp_path):
    signs("A1"), signs("A2")
    made = collect()
    credit(made.name, total_of(made) - 1, tmp_path)
    (money,) = casebook.unmatched_money()
    assert made.name in money.unmatched_because["en"] and state("A1") == "sent"


def test_the_same_sum_for_the_same_file_a_second_time_waits_and_vanishes_in_nothing(tmp_path):
    signs("A1"), signs("A2")
    made = collect()
    for one in queries.collections_seen():
        detail(one.end_to_end, one.cents, tmp_path)
    credit(made.name, total_of(made), tmp_path)
    second = credit(made.name, total_of(made), tmp_path, ref="B2", name="later.sta")
    assert second.counts["unmatched"] == 1
    assert [money.cents for money in casebook.unmatched_money()] == [total_of(made)]
    (totals,) = casebook.money_totals()
    assert totals.adds_up and totals.booked_cents == total_of(made)
