"""One thing said in Chinese and in English: reasons, rules and lines carry both.

>>> Words(zh="欠款 {amount}", en="{amount} owed").filled(amount="5.00").en
'5.00 owed'
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """The same sentence in both languages."""

    zh: str
    en: str

    def filled(self, **values: object) -> "Words":
        """With `{name}` places filled in both languages; `Words` values fill each in kind."""
        zh = {k: v.zh if isinstance(v, Words) else v for k, v in values.items()}
        en = {k: v.en if isinstance(v, Words) else v for k, v in values.items()}
        return Words(zh=self.zh.format(**zh), en=self.en.format(**en))

    def said_in(self, language: str) -> str:
        """The Chinese text for any `zh...` language, the English for every other."""
        return self.zh if language.lower().startswith("zh") else self.en

    def as_json(self) -> dict[str, str]:
        """For payloads and the API: {"zh": ..., "en": ...}."""
        return {"zh": self.zh, "en": self.en}
