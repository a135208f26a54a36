"""The cast: eight people, each with a card and a story that ends on a given day.

A story is a list of months, oldest first: what was bought in the cycle, and what was paid
towards its statement. Days are counted from the statement and the due date, so the same
stories happen before any `end`. Nothing here says who is late; the payments do.

    who                         at `end`   what happened
    王小明 Wang Xiaoming         M1         forgot: always paid in full, this once did not
    李静   Li Jing               M2         lost her job, told us so
    赵强   Zhao Qiang            M2         disputes a purchase he did not make
    陈国华 Chen Guohua           M3         has died; his daughter told us
    孙丽   Sun Li                M1         night-shift nurse, asked for afternoons only; has promised a day
    周涛   Zhou Tao              M1         moved to London, pays in part, reads English; agrees to a plan,
                                            and while he keeps it his account is not late
    吴刚   Wu Gang               M5         answers nothing, pays nothing
    林芳   Lin Fang              M0         owes and pays on time
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from arrears.casebook.types import BookRows, Fact, FactKind, MoneyNotice, MovementKind, Row
from arrears.kernel.clock import HOUSE_ZONE
from arrears.kernel.days import add_months, at_clock
from arrears.kernel.money import parse_cents

PRODUCT, CURRENCY = "cn.card", "CNY"
DUE_AFTER_DAYS = 20
HISTORY_DAYS = 21  # the demo's rounds; payments in them arrive as notices, not in the book
LATEST_STATEMENT_DAY = 28


@dataclass(frozen=True, slots=True)
class Month:
    """One cycle. bought: (days before the statement, amount[, kind]).

    paid: (days before the due date, amount); negative days are after it.
    """

    bought: tuple[tuple[int, str] | tuple[int, str, MovementKind], ...] = ()
    paid: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """Something we learn `days_before_end` days before the end, at `clock` in Shanghai."""

    days_before_end: int
    kind: FactKind
    payload: Mapping[str, str] = field(default_factory=dict)
    clock: time = time(10, 30)
    by: str = "agent"


@dataclass(frozen=True, slots=True)
class Promised:
    """A promise to pay, taken `days_before_end` for a day so many days after the end."""

    days_before_end: int
    amount: str
    days_after_end: int
    clock: time = time(15, 20)
    by: str = "agent"


@dataclass(frozen=True, slots=True)
class Agreed:
    """The balance in instalments, offered and agreed on the telephone `days_before_end`."""

    days_before_end: int
    months: int
    pay_day: int
    reason: str
    clock: time = time(16, 40)
    by: str = "agent"


@dataclass(frozen=True, slots=True)
class Member:
    """One of the cast. `statement_days_ago`: how old the newest statement is at the end."""

    key: str
    number: int
    name: str
    spelled: str
    limit: str
    statement_days_ago: int
    months: tuple[Month, ...]
    bucket: str  # where the story leaves the account at `end`; tests hold the reckoner to it
    mobile: str
    told: tuple[Told, ...] = ()
    promised: Promised | None = None
    agreed: Agreed | None = None
    pays_tomorrow: str = ""  # arrives the day after the end
    language: str = "zh-hans"
    zone: str = HOUSE_ZONE

    @property
    def account(self) -> str:
        """`A900000001`: sorts behind every account of the crowd."""
        return f"A{900_000_000 + self.number}"

    @property
    def customer(self) -> str:
        """`K900000001`."""
        return f"K{900_000_000 + self.number}"

    @property
    def email(self) -> str:
        """Reserved: mail to `.example` arrives nowhere."""
        return f"{self.spelled.lower().replace(' ', '.')}@mail.example"


@dataclass(frozen=True, slots=True)
class CastBook:
    """Rows of the card book (columns as in `portfolio.types`), and what happens after it was sent.

    payments arrive as notices on their `received_date`, some after `end`; facts are told
    at their `happened_at`. `rows` has everything else, dated up to `end`.
    """

    end: date
    rows: BookRows
    payments: tuple[MoneyNotice, ...]
    facts: tuple[Fact, ...]

    def payments_on(self, day: date) -> tuple[MoneyNotice, ...]:
        """The money that arrives on `day`."""
        return tuple(notice for notice in self.payments if notice.received_date == day)

    def facts_on(self, day: date) -> tuple[Fact, ...]:
        """What we are told on `day`, as the house counts days."""
        return tuple(fact for fact in self.facts if fact.happened_at.date() == day)


WANG = Member(
    key="wang",
    number=1,
    name="王小明",
    spelled="Wang Xiaoming",
    limit="30000.00",
    statement_days_ago=4,
    bucket="M1",
    mobile="+8615490000001",
    months=(
        Month(bought=((25, "386.50"), (9, "1299.00")), paid=((3, "1685.50"),)),
        Month(bought=((21, "214.80"), (12, "568.00"), (2, "96.40")), paid=((2, "879.20"),)),
        Month(bought=((17, "3280.00"),), paid=((5, "3280.00"),)),
        Month(bought=((22, "449.90"), (6, "1020.00")), paid=((1, "1469.90"),)),
        Month(bought=((19, "758.00"), (11, "2630.60")), paid=((4, "3388.60"),)),
        # A business trip, a new phone, and the statement went unread.
        Month(bought=((24, "1888.00"), (13, "642.30"), (5, "2149.00"))),
        Month(bought=((18, "312.00"), (7, "455.60"))),
    ),
    pays_tomorrow="4679.30",
)

LI_JING = Member(
    key="li",
    number=2,
    name="李静",
    spelled="Li Jing",
    limit="40000.00",
    statement_days_ago=8,
    bucket="M2",
    mobile="+8615490000002",
    months=(
        Month(bought=((20, "2680.00"), (8, "1320.00")), paid=((6, "4000.00"),)),
        Month(bought=((23, "3150.00"), (10, "980.00")), paid=((5, "4130.00"),)),
        Month(bought=((26, "5200.00"), (15, "1760.00"), (4, "860.00")), paid=((3, "3000.00"),)),
        # Laid off. First she still paid a little more than the minimum, then no longer.
        Month(bought=((21, "1480.00"), (3, "640.00")), paid=((2, "1200.00"),)),
        Month(bought=((18, "520.00"), (9, "388.00"))),
        Month(bought=((25, "260.00"),)),
        Month(),
    ),
    told=(
        Told(
            9,
            FactKind.HARDSHIP,
            {
                "reason": "lost_job",
                "zh": "两个多月前被裁员，正在找工作；愿意还，暂时还不上。",
                "en": "Laid off over two months ago and looking for work; wants to pay, cannot for now.",
            },
            time(15, 10),
        ),
    ),
)

ZHAO = Member(
    key="zhao",
    number=3,
    name="赵强",
    spelled="Zhao Qiang",
    limit="50000.00",
    statement_days_ago=12,
    bucket="M2",
    mobile="+8615490000003",
    months=(
        Month(bought=((22, "1260.00"), (14, "845.00")), paid=((4, "2105.00"),)),
        Month(bought=((24, "990.00"), (8, "1530.50")), paid=((6, "2520.50"),)),
        Month(bought=((19, "2075.00"),), paid=((2, "2075.00"),)),
        Month(bought=((20, "688.00"), (6, "1142.00")), paid=((3, "1830.00"),)),
        # 6,999.00 for a television he never ordered; he pays nothing until somebody listens.
        Month(bought=((16, "6999.00"), (11, "734.00"))),
        Month(bought=((22, "305.00"),)),
        Month(),
    ),
    told=(
        Told(
            13,
            FactKind.DISPUTE,
            {
                "amount": "6999.00",
                "zh": "否认一笔 6,999.00 元的家电消费，称从未下单，要求核查。",
                "en": "Denies a purchase of 6,999.00 for a television; says he never ordered it.",
            },
            time(11, 5),
        ),
    ),
)

CHEN = Member(
    key="chen",
    number=4,
    name="陈国华",
    spelled="Chen Guohua",
    limit="20000.00",
    statement_days_ago=6,
    bucket="M3",
    mobile="+8615490000004",
    months=(
        Month(bought=((15, "428.00"), (5, "236.50")), paid=((7, "664.50"),)),
        Month(bought=((18, "512.40"),), paid=((8, "512.40"),)),
        Month(bought=((21, "389.00"), (12, "174.60")), paid=((7, "563.60"),)),
        Month(bought=((24, "1860.00"), (16, "2475.00"))),
        Month(),
        Month(),
        Month(),
    ),
    told=(
        Told(
            16,
            FactKind.DECEASED,
            {
                "told_by": "daughter",
                "zh": "女儿来电告知父亲已于三个多月前去世，请不要再打电话。",
                "en": "His daughter called: her father died more than three months ago. Please no more calls.",
            },
            time(9, 40),
        ),
    ),
)

SUN_LI = Member(
    key="sun",
    number=5,
    name="孙丽",
    spelled="Sun Li",
    limit="25000.00",
    statement_days_ago=15,
    bucket="M1",
    mobile="+8615490000005",
    months=(
        Month(bought=((17, "862.00"), (6, "419.90")), paid=((1, "1281.90"),)),
        Month(bought=((23, "1533.00"),), paid=((2, "1533.00"),)),
        Month(bought=((20, "724.50"), (9, "1388.00")), paid=((1, "2112.50"),)),
        Month(bought=((18, "967.00"), (3, "258.70")), paid=((3, "1225.70"),)),
        Month(bought=((25, "1094.00"), (13, "686.00")), paid=((1, "1780.00"),)),
        Month(bought=((16, "2310.00"), (7, "575.30"))),
        Month(bought=((21, "441.00"),)),
    ),
    told=(
        Told(
            18,
            FactKind.ASKED_HOURS,
            {
                "hours": "14:00-18:00",
                "zh": "医院夜班护士，上午补觉，请只在 14:00-18:00 联系。",
                "en": "Works nights in a hospital and sleeps in the morning: only between 14:00 and 18:00.",
            },
            time(16, 20),
        ),
    ),
    promised=Promised(2, "600.00", 4),
)

ZHOU_TAO = Member(
    key="zhou",
    number=6,
    name="周涛",
    spelled="Zhou Tao",
    limit="60000.00",
    statement_days_ago=9,
    bucket="M1",
    mobile="+447700900123",  # kept by the British regulator for films
    language="en",
    zone="Europe/London",
    agreed=Agreed(3, 12, 10, "short_of_money"),
    months=(
        Month(bought=((19, "2250.00"), (8, "1315.00")), paid=((4, "3565.00"),)),
        Month(bought=((22, "4180.00"),), paid=((3, "4180.00"),)),
        Month(bought=((20, "1965.00"), (5, "888.00")), paid=((6, "2853.00"),)),
        Month(bought=((24, "6420.00"), (12, "1730.00")), paid=((2, "8150.00"),)),
        Month(bought=((14, "980.00"),), paid=((5, "980.00"),)),
        # The transfer from abroad takes its time and covers only part of the minimum.
        Month(bought=((21, "3640.00"), (10, "2120.00")), paid=((-14, "300.00"),)),
        Month(bought=((23, "150.00", MovementKind.FEE), (11, "760.00"))),
    ),
)

WU_GANG = Member(
    key="wu",
    number=7,
    name="吴刚",
    spelled="Wu Gang",
    limit="20000.00",
    statement_days_ago=11,
    bucket="M5",
    mobile="+8615490000007",
    months=(
        Month(bought=((20, "1899.00"),), paid=((1, "1899.00"),)),
        Month(bought=((26, "4999.00"), (18, "5680.00"), (2, "2000.00", MovementKind.CASH_ADVANCE))),
        Month(bought=((24, "4420.00"),)),
        Month(),
        Month(),
        Month(),
        Month(),
    ),
)

LIN_FANG = Member(
    key="lin",
    number=8,
    name="林芳",
    spelled="Lin Fang",
    limit="30000.00",
    statement_days_ago=16,
    bucket="M0",
    mobile="+8615490000008",
    months=(
        Month(bought=((21, "533.00"), (7, "678.20")), paid=((6, "1211.20"),)),
        Month(bought=((18, "1490.00"),), paid=((7, "1490.00"),)),
        Month(bought=((23, "842.00"), (13, "329.00")), paid=((5, "1171.00"),)),
        Month(bought=((15, "2068.00"),), paid=((6, "2068.00"),)),
        Month(bought=((20, "715.00"), (4, "1160.00")), paid=((8, "1875.00"),)),
        Month(bought=((22, "926.00"), (9, "483.50")), paid=((7, "1409.50"),)),
        Month(bought=((19, "1333.00"), (6, "594.00")), paid=((10, "1927.00"),)),
    ),
)

MEMBERS = (WANG, LI_JING, ZHAO, CHEN, SUN_LI, ZHOU_TAO, WU_GANG, LIN_FANG)


def cast(end: date) -> CastBook:
    """Everybody's rows and what happens to them, as it stands on `end`."""
    each = [_rows_of(member, end) for member in MEMBERS]
    rows = BookRows(**{table: [row for rows in each for row in getattr(rows, table)] for table in _TABLES})
    payments = [notice for member in MEMBERS for notice in _notices(member, end)]
    facts = [fact for member in MEMBERS for fact in _facts(member, end)]
    return CastBook(
        end=end,
        rows=rows,
        payments=tuple(sorted(payments, key=lambda notice: (notice.received_date, notice.ref))),
        facts=tuple(sorted(facts, key=lambda fact: (fact.happened_at, fact.key))),
    )


_TABLES = ("customers", "contact_points", "accounts", "postings", "statements")


def cycles(member: Member, end: date) -> list[tuple[date, date]]:
    """(statement, due) of each of the member's months, oldest first."""
    newest = end - timedelta(days=member.statement_days_ago)
    while newest.day > LATEST_STATEMENT_DAY:
        newest -= timedelta(days=1)
    back = range(len(member.months) - 1, -1, -1)
    statements = [add_months(newest, -months) for months in back]
    return [(day, day + timedelta(days=DUE_AFTER_DAYS)) for day in statements]


def _rows_of(member: Member, end: date) -> BookRows:
    who, card = member.customer, member.account
    name = member.spelled if member.language == "en" else member.name
    stated = cycles(member, end)
    opened = add_months(stated[0][0], -30)
    return BookRows(
        customers=[(who, name, member.language, member.zone)],
        contact_points=[(who, "mobile", member.mobile, "bank"), (who, "email", member.email, "bank")],
        accounts=[(card, who, PRODUCT, CURRENCY, opened, _cents(member.limit), None)],
        postings=list(_postings(member, end)),
        statements=[(card, statement, due, None, None, None) for statement, due in stated],
    )


def _postings(member: Member, end: date) -> Iterator[Row]:
    """In day order, numbered as they come."""
    found = [(day, kind, cents) for day, kind, cents in _debits(member, end)]
    found += [
        (day, MovementKind.PAYMENT, cents) for day, cents in _paid(member, end) if not _in_history(day, end)
    ]
    for number, (day, kind, cents) in enumerate(sorted(found), start=1):
        yield member.account, f"P{number:05d}", str(kind), cents, day, None, None


def _debits(member: Member, end: date) -> Iterator[tuple[date, MovementKind, int]]:
    for month, (statement, _) in zip(member.months, cycles(member, end), strict=True):
        for days_before, amount, *kind in month.bought:
            bought = statement - timedelta(days=days_before)
            yield bought, kind[0] if kind else MovementKind.PURCHASE, _cents(amount)  # type: ignore[misc]


def _paid(member: Member, end: date) -> Iterator[tuple[date, int]]:
    for month, (_, due) in zip(member.months, cycles(member, end), strict=True):
        for days_before, amount in month.paid:
            yield due - timedelta(days=days_before), _cents(amount)


def _in_history(day: date, end: date) -> bool:
    return day > end - timedelta(days=HISTORY_DAYS)


def _notices(member: Member, end: date) -> Iterator[MoneyNotice]:
    tomorrow = [(end + timedelta(days=1), _cents(member.pays_tomorrow))] if member.pays_tomorrow else []
    for day, cents in [*_paid(member, end), *tomorrow]:
        if _in_history(day, end):
            ref = f"cast-{member.key}-{day:%Y%m%d}"
            yield MoneyNotice(
                ref, day, cents, CURRENCY, account_given=member.account, payer_name=member.name, origin="cast"
            )


def _facts(member: Member, end: date) -> Iterator[Fact]:
    for told in member.told:
        moment: datetime = at_clock(end - timedelta(days=told.days_before_end), told.clock, zone=HOUSE_ZONE)
        yield Fact(
            key=f"cast-{member.key}-{told.kind}-{moment:%Y%m%d}",
            kind=told.kind,
            happened_at=moment,
            recorded_at=moment,
            customer_ref=member.customer,
            account_ref=member.account,
            payload=dict(told.payload),
            recorded_by=told.by,
        )


def _cents(yuan: str) -> int:
    return parse_cents(yuan, currency=CURRENCY)
