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
    """One column of a file. kept_as: its name in the book; beside: the column that gives it meaning, if any."""

    name: str
    reader: Reader
    about: Words
    required: bool
    kept_as: str
    beside: str


@dataclass(frozen=True, slots=True)
class Layout:
    """One table of a delivery. `key` tells its rows apart (the book's names)."""

    name: str
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


BOOK = ("customers", "contact_points", "accounts", "postings", "statements", "balances", "lateness")


@cache
def layouts(products: frozenset[str]) -> dict[str, Layout]:
    """Every table that can come in: the seven of the book, in reading order, and payments.

    products: the names of those the rule book has terms for.
    """
    account = _column("account!", values.ref(64), "账户编号", "the account's id")
    customer = _column("customer!", values.ref(64), "客户编号", "the customer's id")
    as_of = _column("as_of!", values.day(), "截至日（当日终了）", "as of the end of this day")
    currency = _column("currency!", values.currency(), "币种（ISO 4217）", "the ISO 4217 code")
    row_currency = _column(
        "currency",
        values.currency(),
        "币种；账户币种不是两位小数时必填",
        "the ISO 4217 code; needed where the account's currency has not two decimals",
        into="row_currency",
    )
    kinds = frozenset(kind.value for kind in MovementKind)

    def amount(name: str, zh: str, en: str, *, least: int | None = None, into: str = "") -> Column:
        said = into or f"{name.rstrip('!')}_cents"
        return _column(name, values.amount(least=least), zh, en, into=said, beside="currency")

    made = (
        _layout(
            "customers",
            "customer",
            customer,
            _column("name!", values.text(200), "姓名", "the name"),
            _column("language", values.language(), "语言，默认 zh-hans", "zh-hans where left out"),
            _column(
                "zone",
                values.zone(),
                "所在时区，默认 Asia/Shanghai",
                "where they live; Asia/Shanghai if left out",
            ),
        ),
        _layout(
            "contact_points",
            "customer kind value",
            customer,
            _column(
                "kind!",
                values.one_of(POINT_KINDS, "unknown_kind"),
                "类型",
                "mobile, email, address or wechat",
            ),
            _column(
                "value!",
                values.point(),
                "号码或地址；手机号统一为 +86…",
                "the number or address; mainland mobiles become +86...",
                beside="kind",
            ),
            _column("source", values.text(32), "来源，默认 bank", "where we have it from; bank if left out"),
        ),
        _layout(
            "accounts",
            "account",
            account,
            customer,
            _column(
                "product!",
                values.one_of(products, "unknown_product"),
                "产品，即规则手册中的卡条款",
                "whose card terms hold",
            ),
            currency,
            _column("opened_date", values.day(), "开户日", "the day it was opened"),
            amount("limit", "信用额度", "the credit limit", least=0),
            _column("terms", values.terms(), "个别条款（JSON）", "terms of its own, a JSON object"),
        ),
        _layout(
            "postings",
            "account posting",
            account,
            _column(
                "posting!", values.ref(80), "交易编号，账户内唯一", "the posting's id, unique in its account"
            ),
            _column(
                "kind!",
                values.one_of(kinds, "unknown_kind"),
                "类型；借贷方向由它表示",
                "what it is, and so its direction",
            ),
            row_currency,
            amount("amount!", "金额，大于零", "more than zero", least=1, into="cents"),
            _column("posted_date!", values.day(), "入账日", "the day it was booked"),
            _column("reverses", values.ref(80), "所冲正的交易编号", "the posting it undoes"),
            _column(
                "made_date",
                values.day(),
                "消费当日，不晚于入账日；按交易日起息的产品需要",
                "the day of the purchase itself; for products whose interest starts there",
            ),
        ),
        _layout(
            "statements",
            "account statement_date",
            account,
            _column("statement_date!", values.day(), "账单日", "the statement's day"),
            _column("due_date!", values.day(), "还款日", "the day it is due"),
            row_currency,
            amount("balance", "本期应还（溢缴为负）", "the balance billed; a credit is negative"),
            amount("minimum", "最低还款额", "the minimum payment", least=0),
            amount("interest", "本期利息", "the interest billed on it", least=0),
        ),
        _layout(
            "balances",
            "account as_of",
            account,
            as_of,
            row_currency,
            amount("balance!", "全部欠款（溢缴为负）", "everything owed; a credit is negative"),
        ),
        _layout(
            "lateness",
            "account as_of",
            account,
            as_of,
            _column(
                "months_late",
                values.count(least=0, most=600, kind=pa.int16()),
                "逾期期数；未逾期为 0",
                "whole months late; 0 where not late",
            ),
            _column(
                "days_past_due",
                values.count(least=0, most=20_000, kind=pa.int32()),
                "逾期天数；未逾期为 0",
                "days past due; 0 where not late",
            ),
        ),
        _layout(
            "payments",
            "payment_id",
            _column("payment_id!", values.ref(80), "到账编号，永不重复", "the payment's id, unique for ever"),
            _column("received_date!", values.day(), "到账日", "the day it arrived"),
            currency,
            amount("amount!", "金额，大于零", "more than zero", least=1, into="cents"),
            _column("account", values.ref(64), "账户编号，如果知道", "the account's id, where known"),
            _column("reference", values.text(200), "附言", "the payer's own words"),
            _column("payer", values.text(200), "付款人", "who paid"),
        ),
    )
    return {layout.name: layout for layout in made}


def _column(name: str, reader: Reader, zh: str, en: str, *, into: str = "", beside: str = "") -> Column:
    """A name that ends in `!` is required."""
    plain = name.rstrip("!")
    return Column(plain, reader, Words(zh=zh, en=en), name != plain, into or plain, beside)


def _layout(name: str, key: str, *columns: Column) -> Layout:
    return Layout(name, columns, tuple(key.split()))
