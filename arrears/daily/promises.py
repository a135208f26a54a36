"""What must hold after every round: a readable list, checked each time, and in tests.

Each promise is a sentence and a query for what breaks it. A round in which one is broken
ends with exit code 1 and names examples; nothing is rolled back, a person must look.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from arrears.daily.types import Promise
from arrears.kernel.words import Words

EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Rule:
    """One promise: `broken` selects one text column, a row for each case that breaks it."""

    id: str
    words: Words
    broken: str


RULES: Sequence[Rule] = (
    Rule(
        "every_case_visited",
        Words(zh="每个案件都已处理，或附原因搁置", en="Every case was visited, or set aside with its reason"),
        """select a.ref from casebook_account a where a.entered_at <= %(opened)s and not exists (
             select 1 from daily_visit v join daily_round r on r.id = v.round_id
             where v.account_id = a.id and r.on_date = %(day)s)""",
    ),
    Rule(
        "standing_of_the_day",
        Words(zh="处理过的案件都有当日状态", en="Every visited case has a standing of this day"),
        """select a.ref from daily_visit v join daily_round r on r.id = v.round_id
             join casebook_account a on a.id = v.account_id
             left join delinquency_standing s on s.account_id = a.id
           where r.on_date = %(day)s and v.set_aside = '' and (s.as_of is null or s.as_of < %(day)s)""",
    ),
    Rule(
        "nothing_owed_without_a_fact",
        Words(zh="每一笔欠款都有事实依据", en="Nothing is owed without a fact behind it"),
        """select a.ref from delinquency_standing s join casebook_account a on a.id = s.account_id
           where s.owed_cents <> 0
             and not exists (select 1 from casebook_posting p where p.account_id = a.id)
             and not exists (select 1 from casebook_statement t where t.account_id = a.id)
             and not exists (select 1 from casebook_suppliedstanding u where u.account_id = a.id)""",
    ),
    Rule(
        "flips_explain_standings",
        Words(
            zh="状态的每次变化都有记录",
            en="Every change of standing is recorded: the last flip ends where we stand",
        ),
        """select a.ref from delinquency_standing s join casebook_account a on a.id = s.account_id
           left join lateral (select bucket_after from delinquency_flip f where f.account_id = a.id
             order by f.id desc limit 1) f on true
           where coalesce(f.bucket_after, 'M0') <> s.bucket""",
    ),
    Rule(
        "every_proposal_settled",
        Words(
            zh="每个联系建议都已发送、拒绝或延后（或已放行、等待其时段）",
            en="Every proposal was sent, refused or deferred, or is cleared and waits for its hour",
        ),
        """select p.key from strategy_proposal p left join contact_message m on m.key = p.key
           where p.on_date <= %(day)s and p.state = 'planned'
             and (m.key is null or m.state not in ('waiting', 'sending') or m.not_after < %(now)s)""",
    ),
    Rule(
        "no_message_without_clearance",
        Words(
            zh="没有放行就没有联系（登录验证码除外）",
            en="No message but a login code without a clearance that said yes",
        ),
        """select m.key from contact_message m
           left join clearance_clearance c on c.key::text = m.clearance_key
           where coalesce(c.verdict, '') <> 'cleared'
             and not (m.template = 'one_time_code' and m.secret and m.account_ref is null)""",
    ),
    Rule(
        "one_message_a_proposal",
        Words(
            zh="每个建议最多一条信息，已发送的都有建议",
            en="One message for each proposal sent, and none without one",
        ),
        """select m.key from contact_message m left join strategy_proposal p on p.key = m.key
           where m.purpose in ('collect', 'remind') and p.key is null""",
    ),
    Rule(
        "money_is_somewhere",
        Words(
            zh="收到的每笔钱要么已入账（金额、币种一致），要么列为待匹配",
            en="All money that came in is booked in full on one account, or listed as unmatched",
        ),
        """select m.ref from casebook_moneyin m join casebook_moneymatch x on x.money_id = m.id
             join casebook_posting p on p.id = x.posting_id join casebook_account a on a.id = x.account_id
           where p.cents <> m.cents or p.account_id <> x.account_id or a.currency <> m.currency
           union all
           select m.ref from casebook_moneyin m left join casebook_moneymatch x on x.money_id = m.id
           where x.id is null and m.unmatched_because is null""",
    ),
    Rule(
        "no_notice_without_money",
        Words(zh="每笔来款入账都对应一笔收到的钱", en="Every payment booked from a notice has its money"),
        """select p.ref from casebook_posting p left join casebook_moneymatch x on x.posting_id = p.id
             left join casebook_moneybackposted b on b.posting_id = p.id
           where p.source = 'notice' and x.id is null and b.id is null""",
    ),
    Rule(
        "money_back_is_on_the_account",
        Words(
            zh="退回的钱，凡原款已入账的，都已从账户扣回；退回总额不超过原款",
            en="What went back of booked money is owed again there, and never more than came in",
        ),
        """select w.ref from casebook_moneybackof o join casebook_moneyback w on w.id = o.back_id
             join casebook_moneymatch x on x.money_id = o.money_id
             left join casebook_moneybackposted b on b.back_id = w.id
             left join casebook_posting p on p.id = b.posting_id and p.account_id = x.account_id
           where p.id is null or p.cents <> w.cents
           union all
           select m.ref from casebook_moneyin m join casebook_moneybackof o on o.money_id = m.id
             join casebook_moneyback w on w.id = o.back_id
           group by m.id, m.ref having sum(w.cents) > m.cents""",
    ),
)


def check(*, day: date, opened: datetime, now: datetime) -> list[Promise]:
    """Ask every promise; `broken` holds up to a few examples each."""
    facts = {"day": day, "opened": opened, "now": now}
    return [Promise(rule.id, rule.words, _examples(rule.broken, facts)) for rule in RULES]


def _examples(select: str, facts: Mapping[str, Any]) -> tuple[str, ...]:
    with connection.cursor() as cursor:
        cursor.execute(f"select * from ({select}) broken limit {EXAMPLES}", facts)
        return tuple(str(row[0]) for row in cursor.fetchall())
