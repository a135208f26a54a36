"""Why a row is set aside: a stable code for machines, a sentence in both languages for people."""

from dataclasses import dataclass

from arrears.kernel.words import Words

REASONS: dict[str, Words] = {
    # the line itself
    "encoding": Words(
        zh="本行含有不符合文件编码（{encoding}）的字节", en="this line has bytes that are not {encoding}"
    ),
    "cells": Words(
        zh="应有 {expected} 列，实有 {found} 列", en="{found} cells where {expected} are expected"
    ),
    "unclosed_quote": Words(
        zh="引号没有配对；只搁置本行，后面的行照常读取",
        en="a quotation mark is not closed; only this line is set aside",
    ),
    "control_character": Words(
        zh="含有控制字符或不可见字符（{character}）", en="has a control or invisible character ({character})"
    ),
    "damaged_text": Words(
        zh="含有替换符 U+FFFD：文字在送来之前已经损坏",
        en="has U+FFFD: the text was damaged before it reached us",
    ),
    # the cell
    "missing": Words(zh="必填，但是空的", en="must not be empty"),
    "too_long": Words(
        zh="长度 {found} 超过上限 {most}", en="is {found} characters long; at most {most} are kept"
    ),
    "formula": Words(zh="看起来像电子表格公式", en="looks like a spreadsheet formula"),
    "rounded_id": Words(
        zh="编号被电子表格改成了科学计数法，原值已丢失",
        en="is an identifier a spreadsheet turned into scientific notation; its digits are lost",
    ),
    "space_in_id": Words(zh="编号中不能有空白", en="an identifier has no blanks"),
    "not_amount": Words(zh="不是金额", en="is not an amount"),
    "fraction": Words(
        zh="小于 {currency} 的最小单位", en="has a fraction of the smallest unit of {currency}"
    ),
    "too_large": Words(
        zh="超过可精确保存的最大金额（2^53 个最小单位）",
        en="is larger than any amount kept exactly (2^53 minor units)",
    ),
    "negative": Words(zh="不能为负数", en="must not be negative"),
    "zero": Words(zh="金额不能为零", en="must not be zero"),
    "not_number": Words(zh="不是整数", en="is not a whole number"),
    "out_of_range": Words(zh="应在 {least} 到 {most} 之间", en="must lie between {least} and {most}"),
    "not_date": Words(zh="不是日期（应为 {form}）", en="is not a date ({form} is expected)"),
    "impossible_date": Words(zh="日历上没有这一天", en="is not a day of the calendar"),
    "unlikely_date": Words(
        zh="日期应在 {first} 与 {last} 之间", en="a date must lie between {first} and {last}"
    ),
    "unknown_kind": Words(zh="未知类型；可用：{known}", en="is an unknown kind; known are {known}"),
    "unknown_currency": Words(zh="不是 ISO 4217 货币代码", en="is no ISO 4217 currency code"),
    "unknown_product": Words(zh="未知产品；可用：{known}", en="is an unknown product; known are {known}"),
    "unknown_zone": Words(
        zh="未知时区；应写成 Asia/Shanghai 这样", en="is an unknown time zone; write it like Asia/Shanghai"
    ),
    "not_language": Words(
        zh="不是语言代码；应写成 zh-hans 或 en", en="is no language code; write it like zh-hans or en"
    ),
    "not_phone": Words(
        zh="不是手机号；境内 11 位，境外请带国家代码（+…）",
        en="is no mobile number; outside mainland China write the country code (+...)",
    ),
    "not_email": Words(zh="不是电子邮箱", en="is no e-mail address"),
    "not_terms": Words(
        zh='应为 JSON 对象，如 {{"daily_rate": "0.0004"}}',
        en='must be a JSON object such as {{"daily_rate": "0.0004"}}',
    ),
    "not_in_codes": Words(zh="映射文件的 codes 里没有这个代码", en="is not among the codes of the mapping"),
    # the row
    "due_before_statement": Words(
        zh="还款日早于账单日 {statement_date}", en="lies before the statement date {statement_date}"
    ),
    "made_after_posted": Words(
        zh="交易日晚于入账日 {posted_date}", en="lies after the posting day {posted_date}"
    ),
    "nothing_told": Words(
        zh="months_late 与 days_past_due 至少填一项", en="neither months_late nor days_past_due is given"
    ),
    # the row among others
    "duplicate": Words(
        zh="同一批文件中重复，首次出现在 {first}", en="stands twice in these files; first at {first}"
    ),
    "disagrees": Words(
        zh="与 {first} 的同一编号内容不一致", en="disagrees with what {first} says of the same key"
    ),
    "unknown_customer": Words(
        zh="客户未知：本批和此前的文件里都没有",
        en="is an unknown customer: neither these files nor earlier ones have it",
    ),
    "unknown_account": Words(
        zh="账户未知：本批和此前的文件里都没有",
        en="is an unknown account: neither these files nor earlier ones have it",
    ),
    "changed_posting": Words(
        zh="该交易此前已入账且内容不同（{before}）；已入账的不改写，请用新交易更正",
        en="was booked before with other content ({before}); what is booked is not rewritten: correct it by a "
        "new posting",
    ),
    "changed_account": Words(
        zh="已知账户的客户或币种不能变更（此前为 {before}）",
        en="the customer and currency of a known account cannot change (it was {before})",
    ),
    "other_currency": Words(zh="账户币种是 {expected}", en="the account is in {expected}"),
    "currency_needed": Words(
        zh="账户币种 {expected} 不是两位小数：请在 currency 列写明币种",
        en="the account is in {expected}, which has not two decimals: say so in a column `currency`",
    ),
    "changed_payment": Words(
        zh="同一编号的到账此前内容不同（{before}）",
        en="a payment of this id was notified before with other content ({before})",
    ),
}

# These may become good by what arrives later: the same file is then worth another look.
DEPEND_ON_OTHERS = frozenset({"unknown_customer", "unknown_account", "unknown_product"})


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with a cell or a row, before its place is known."""

    code: str
    facts: tuple[tuple[str, object], ...] = ()

    @property
    def words(self) -> Words:
        """The sentence, filled."""
        return REASONS[self.code].filled(**dict(self.facts))


def wrong(code: str, **facts: object) -> Wrong:
    """A `Wrong` with what its sentence mentions."""
    return Wrong(code, tuple(facts.items()))
