"""The shared cast on one day, for the tests of the faces: histories, standings, cases, facts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from arrears.casebook import actions as casebook
from arrears.casebook import queries as casebook_queries
from arrears.casebook.models import Account
from arrears.casebook.types import BookRows, FactKind, MoneyNotice
from arrears.contact import actions as contact
from arrears.contact import queries as contact_queries
from arrears.contact.types import Message, Planned, Wording
from arrears.daily.models import Round
from arrears.delinquency import actions as delinquency
from arrears.kernel.days import month_day
from arrears.kernel.words import Words
from arrears.reckoning import queries as reckoning
from arrears.strategy import actions as strategy
from arrears.strategy.models import Proposal
from arrears.strategy.types import CaseSeen

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 6, 5, tzinfo=UTC)  # 14:05 in Shanghai


@dataclass(frozen=True)
class Player:
    """One of the cast: how many statements went unpaid, and what was bought."""

    ref: str
    name: str
    unpaid: int  # statements nothing was paid on, the latest in October or November
    cents: int
    language: str = "zh-hans"
    zone: str = "Asia/Shanghai"
    points: tuple[tuple[str, str], ...] = ()
    bought: tuple[str, ...] = field(default=("purchase",))

    @property
    def account(self) -> str:
        return f"62250000{self.ref[1:]}"


WANG = Player(
    "C0001", "王小明", 1, 328_000, points=(("mobile", "+8613800000001"), ("email", "wang@example.com"))
)
LI = Player("C0002", "李静", 4, 1_265_000, points=(("mobile", "+8613800000002"),))
ZHAO = Player("C0003", "赵强", 2, 459_900, points=(("email", "zhao@example.com"),))
CHEN = Player("C0004", "陈国华", 5, 2_210_050, points=(("mobile", "+8613800000004"),))
SUN = Player("C0005", "孙丽", 1, 86_450, points=(("mobile", "+8613800000005"),))
ZHOU = Player("C0006", "Zhou Tao", 2, 733_000, "en", "America/Vancouver", (("email", "zhou@example.com"),))
WU = Player("C0007", "吴刚", 8, 3_998_000, points=(("mobile", "+8613800000007"),))
LIN = Player("C0008", "林芳", 0, 152_030, points=(("mobile", "+8613800000008"),))
CAST = (WANG, LI, ZHAO, CHEN, SUN, ZHOU, WU, LIN)


def statement_days(player: Player) -> list[tuple[date, date]]:
    """Statement and due dates: one month before the first unpaid one, then each unpaid one."""
    months = range(11 - player.unpaid - 1, 11)
    return [(month_day(2026, month, 5), month_day(2026, month, 5) + timedelta(days=20)) for month in months]


def book_of(player: Player) -> BookRows:
    """The player as the card book delivers them: all was paid until `unpaid` statements ago."""
    cycles = statement_days(player)
    first = cycles[0][0]
    postings = [
        (player.account, "P1", "purchase", 50_000, first - timedelta(days=12), None, "book.csv:2"),
        (player.account, "P2", "payment", 50_000, first + timedelta(days=10), None, "book.csv:3"),
        (player.account, "P3", "purchase", player.cents, first + timedelta(days=14), None, "book.csv:4"),
    ]
    if not player.unpaid:
        postings[2] = (player.account, "P3", "purchase", player.cents, TODAY - timedelta(days=3), None, "")
    return BookRows(
        customers=[(player.ref, player.name, player.language, player.zone)],
        contact_points=[(player.ref, kind, value, None) for kind, value in player.points],
        accounts=[(player.account, player.ref, "cn.card", "CNY", date(2021, 3, 9), 5_000_000, None)],
        postings=postings,
        statements=[(player.account, stated, due, None, None, None) for stated, due in cycles],
    )


def enter(*players: Player) -> None:
    """These players are in the casebook, reckoned, classified and on the ladder."""
    for player in players:
        casebook.enter(rows=book_of(player), now=NOW)
    visit([player.account for player in players])


def visit(refs: list[str]) -> None:
    """What a round does for these accounts, without any contact."""
    owed = [reckoning.owed(history=history, as_of=TODAY) for history in casebook_queries.histories(refs)]
    delinquency.record(owed=owed, now=NOW, because="round")
    owners = casebook_queries.owners_of(refs)
    persons = casebook_queries.persons(owners.values())
    cases = [CaseSeen(each, persons[owners[each.account_ref]], {}) for each in owed]
    strategy.decide_cases(cases=cases, on=TODAY)


def propose(
    player: Player, state: str, *, days_ago: int = 0, reasons: tuple[dict[str, str], ...] = ()
) -> None:
    """A contact was proposed for the player, with that fate."""
    account = Account.objects.get(ref=player.account)
    on = TODAY - timedelta(days=days_ago)
    row = Proposal(
        key=f"{on}:{player.account}:early", account=account, customer_id=account.customer_id, on_date=on,
        step="early", template="reminder_late", channel="sms", point=dict(player.points).get("mobile", ""),
        purpose="collect", planned_at=NOW - timedelta(days=days_ago) + timedelta(hours=1), state=state,
        why=Words(zh="逾期一个月以内，书面说明。", en="Within the first month: explain in writing.").as_json(),
        reasons=list(reasons), recorded_at=NOW - timedelta(days=days_ago),
    )  # fmt: skip
    row.save()


QUIET = {
    "rule": "cn.quiet_hours",
    "zh": "22:00 至 8:00 不联系",
    "en": "No contact between 22:00 and 08:00",
    "reference": "《金融机构个人消费类贷款催收工作指引（试行）》",
}


def tell(player: Player, kind: FactKind, key: str = "", *, days_ago: int = 0, **payload: object) -> str:
    """A fact about the player; its key."""
    key = key or f"test:{kind}:{player.ref}:{days_ago}"
    at = NOW - timedelta(days=days_ago)
    casebook.record_fact(
        key=key, kind=kind, customer_ref=player.ref, account_ref=player.account, happened_at=at, now=at,
        by="agent.chen", payload=payload,
    )  # fmt: skip
    return key


def stray_money(ref: str = "TX-1", cents: int = 50_000, **given: str) -> None:
    """Money came in whose account is not known."""
    because = Words(zh="附言中没有可识别的账号", en="nothing in the reference names an account")
    notice = MoneyNotice(ref, TODAY, cents, "CNY", origin="payments.csv:7", **given)
    casebook.take_money(notice=notice, because=because, now=NOW)


def wait_to_be_sent(player: Player) -> Callable[[], Message]:
    """A message about the player waits in the outbox; call the answer to look at it again."""
    kind, point = player.points[0]
    message = Planned(
        key=f"{TODAY}:{player.account}:early", clearance_key="given", customer_ref=player.ref,
        account_ref=player.account, channel="sms" if kind == "mobile" else "email", point=point,
        template="reminder_late", language="zh-hans", wording=Wording("关于您的信用卡", "王小明您好，有一笔还款……"),
        not_before=NOW + timedelta(hours=1), not_after=NOW + timedelta(hours=5), planned_on=TODAY,
    )  # fmt: skip
    contact.plan(messages=[message], now=NOW)
    return lambda: contact_queries.message(message.key)


def hold_round(*, broken: tuple[str, ...] = ()) -> None:
    """The report of a round of today, as a round keeps it."""
    promise = {"id": "p", "zh": "每一笔欠款都有事实依据", "en": "Nothing is owed without a fact"}
    summary = {"accounts": 24_000, "late": 5_512, "files": ["book.csv"], "buckets": [["M1", "CNY", 7, 1000]]}
    Round.objects.create(
        on_date=TODAY, makes_contact=True, opened_at=NOW, closed_at=NOW, summary=summary,
        broken=[{**promise, "broken": list(broken)}],
    )  # fmt: skip
