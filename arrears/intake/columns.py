"""Our own columns: what every table of a delivery is made of, and what each cell must be.

docs/intake.md shows the same to the people who write such files, and a test keeps both
together. `balances` and `lateness` are two halves of the book's table `supplied`.
"""

from dataclasses import dataclass
from functools import cache

import pyarrow as pa

from arrears.casebook.types import MovementKind
from arrears.intake import values
from arrears.intake.values import Reader
from arrears.kernel.words import Words

POINT_KINDS = frozenset({"mobile", "email", "address", "wechat"})


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a file. `into` names it in the book; `beside` names the column that gives it meaning."""

    name: str
    reader: Reader
    about: Words
    required: bool = False
    into: str = ""
    beside: str = ""

    @property
    def kept_as(self) -> str:
        """The book's name for it."""
        return self.into or self.name


@dataclass(frozen=True, slots=True)
class Layout:
    """One table of a delivery. `key` tells its rows apart (the book's names)."""

    name: str
    about: Words
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def schema(self) -> pa.Schema:
        """As its checked rows are staged, without their place."""
        return pa.schema([(column.kept_as, column.reader.type) for column in self.columns])

    @property
    def content(self) -> tuple[str, ...]:
        """What the key does not say; a row whose content is known already is unchanged."""
        said = (column.kept_as for column in self.columns)
        return tuple(name for name in said if name not in self.key and name != "row_currency")

    def column(self, name: str) -> Column | None:
        """The column called `name` in files."""
        return next((column for column in self.columns if column.name == name), None)


BOOK = ("customers", "contact_points", "accounts", "postings", "statements", "balances", "lateness")


@cache
def layouts(products: frozenset[str]) -> dict[str, Layout]:
    """Every table that can come in: the seven of the book, in reading order, and payments."""
    account = Column("account", values.ref(64), Words(zh="账户编号", en="the account's id"), required=True)
    customer = Column("customer", values.ref(64), Words(zh="客户编号", en="the customer's id"), required=True)
    row_currency = Column(
        "currency",
        values.currency(),
        Words(
            zh="币种；账户币种不是两位小数时必填",
            en="its currency; needed where the account's has not two decimals",
        ),
        into="row_currency",
    )
    made = (
        Layout(
            "customers",
            Words(zh="客户", en="customers"),
            (
                customer,
                Column("name", values.text(200), Words(zh="姓名", en="the name"), required=True),
                Column("language", values.language(), Words(zh="语言，默认 zh-hans", en="default zh-hans")),
                Column("zone", values.zone(), Words(zh="所在时区，默认 Asia/Shanghai", en="where they live")),
            ),
            key=("customer",),
        ),
        Layout(
            "contact_points",
            Words(zh="联系方式", en="contact points"),
            (
                customer,
                Column(
                    "kind",
                    values.one_of(POINT_KINDS, "unknown_kind"),
                    Words(zh="mobile 手机、email 邮箱、address 地址、wechat 微信", en="which kind"),
                    required=True,
                ),
                Column(
                    "value",
                    values.point(),
                    Words(zh="号码或地址；手机号统一为 +86…", en="the number or address; mobiles become +86..."),
                    required=True,
                    beside="kind",
                ),
                Column("source", values.ref(32), Words(zh="来源，默认 bank", en="where we have it from, default bank")),
            ),
            key=("customer", "kind", "value"),
        ),
        Layout(
            "accounts",
            Words(zh="账户", en="accounts"),
            (
                account,
                customer,
                Column(
                    "product",
                    values.one_of(products, "unknown_product"),
                    Words(zh="产品，对应规则手册中的卡条款", en="the product: its card terms in the rule book"),
                    required=True,
                ),
                Column("currency", values.currency(), Words(zh="币种", en="ISO 4217 code"), required=True),
                Column("opened_date", values.day(), Words(zh="开户日", en="the day it was opened")),
                Column(
                    "limit",
                    values.amount(least=0),
                    Words(zh="信用额度", en="the credit limit"),
                    into="limit_cents",
                    beside="currency",
                ),
                Column("terms", values.terms(), Words(zh="个别条款（JSON）", en="single terms of its own (JSON)")),
            ),
            key=("account",),
        ),
        Layout(
            "postings",
            Words(zh="交易", en="postings"),
            (
                account,
                Column(
                    "posting",
                    values.ref(80),
                    Words(zh="交易编号，账户内唯一", en="the posting's id, unique within the account"),
                    required=True,
                ),
                Column(
                    "kind",
                    values.one_of(frozenset(kind.value for kind in MovementKind), "unknown_kind"),
                    Words(zh="类型；方向由类型表示", en="what it is; the kind says the direction"),
                    required=True,
                ),
                row_currency,
                Column(
                    "amount",
                    values.amount(least=1),
                    Words(zh="金额，正数", en="the amount, more than zero"),
                    required=True,
                    into="cents",
                    beside="currency",
                ),
                Column("posted_date", values.day(), Words(zh="入账日", en="the day it was booked"), required=True),
                Column("reverses", values.ref(80), Words(zh="所冲正的交易编号", en="the posting it undoes")),
            ),
            key=("account", "posting"),
        ),
        Layout(
            "statements",
            Words(zh="账单", en="statements"),
            (
                account,
                Column("statement_date", values.day(), Words(zh="账单日", en="the statement's day"), required=True),
                Column("due_date", values.day(), Words(zh="还款日", en="due on"), required=True),
                row_currency,
                Column(
                    "balance",
                    values.amount(),
                    Words(zh="本期应还（溢缴为负）", en="the balance billed; negative is a credit"),
                    into="balance_cents",
                    beside="currency",
                ),
                Column(
                    "minimum",
                    values.amount(least=0),
                    Words(zh="最低还款额", en="the minimum payment"),
                    into="minimum_cents",
                    beside="currency",
                ),
                Column(
                    "interest",
                    values.amount(least=0),
                    Words(zh="本期利息", en="the interest billed on it"),
                    into="interest_cents",
                    beside="currency",
                ),
            ),
            key=("account", "statement_date"),
        ),
        Layout(
            "balances",
            Words(zh="余额", en="balances"),
            (
                account,
                Column("as_of", values.day(), Words(zh="截至日", en="as of the end of this day"), required=True),
                row_currency,
                Column(
                    "balance",
                    values.amount(),
                    Words(zh="全部欠款（溢缴为负）", en="everything owed; negative is a credit"),
                    required=True,
                    into="balance_cents",
                    beside="currency",
                ),
            ),
            key=("account", "as_of"),
        ),
        Layout(
            "lateness",
            Words(zh="逾期情况", en="lateness"),
            (
                account,
                Column("as_of", values.day(), Words(zh="截至日", en="as of the end of this day"), required=True),
                Column(
                    "months_late",
                    values.count(least=0, most=600, kind=pa.int16()),
                    Words(zh="逾期期数，不逾期为 0", en="months late; 0 where not late"),
                ),
                Column(
                    "days_past_due",
                    values.count(least=0, most=20_000, kind=pa.int32()),
                    Words(zh="逾期天数，不逾期为 0", en="days past due; 0 where not late"),
                ),
            ),
            key=("account", "as_of"),
        ),
        Layout(
            "payments",
            Words(zh="到账通知", en="payments"),
            (
                Column(
                    "payment_id",
                    values.ref(80),
                    Words(zh="到账编号，全行唯一", en="the payment's id, unique for ever"),
                    required=True,
                ),
                Column("received_date", values.day(), Words(zh="到账日", en="received on"), required=True),
                Column("currency", values.currency(), Words(zh="币种", en="ISO 4217 code"), required=True),
                Column(
                    "amount",
                    values.amount(least=1),
                    Words(zh="金额，正数", en="the amount, more than zero"),
                    required=True,
                    into="cents",
                    beside="currency",
                ),
                Column("account", values.ref(64), Words(zh="账户编号，如果知道", en="the account's id, where known")),
                Column("reference", values.text(200), Words(zh="附言", en="the payer's own words")),
                Column("payer", values.text(200), Words(zh="付款人", en="who paid")),
            ),
            key=("payment_id",),
        ),
    )
    return {layout.name: layout for layout in made}
