"""How a reference reads in either language. A law is cited as it is called; our own common rules
have a Chinese name too. Decisions keep the reference as it stands in the rule's file."""

from functools import cache

from arrears.kernel.words import Words
from arrears.rulebook.law import load_law

OURS = "Arrears common rules"


def cited(reference: str) -> Words:
    """A reference as it is shown: the law's own words in both, ours in the reader's.

    >>> cited("CONC 7.9.4R").zh, cited("Arrears common rules: dispute").zh
    ('CONC 7.9.4R', 'Arrears 通用守则：争议处理期间停止催收')
    """
    return _ours().get(reference, Words(zh=reference, en=reference))


@cache
def _ours() -> dict[str, Words]:
    return {
        value.reference: Words(zh=f"{rule.instrument.zh}：{rule.title.zh}", en=value.reference)
        for rule in load_law().rules.values()
        if rule.instrument.en == OURS
        for value in rule.values
        if value.reference.startswith(f"{OURS}:")
    }
