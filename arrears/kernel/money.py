"""Money is an integer count of minor units and a currency; never a float.

`parse_cents` reads what people and files write, `Money` prints it back. Rounding is
half up, once per charge: 0.5 cent becomes 1 cent, and -0.5 cent becomes -1 cent
(half away from zero), so that a refund mirrors its charge.

>>> parse_cents("1,234.50", currency="CNY")
123450
>>> str(Money(-5, "CNY"))
'-0.05'
"""

import re
from dataclasses import dataclass

# ISO 4217: every currency money is kept in, and the exponents that are not 2.
CURRENCIES = frozenset(
    """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD
    CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD
    GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT
    LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR
    NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP
    STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF
    XPF YER ZAR ZMW ZWG
    """.split()
)
MINOR_DIGITS = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
}
SYMBOLS = {"CNY": "¥", "USD": "$", "GBP": "£", "EUR": "€", "HKD": "HK$", "TWD": "NT$"}

# The largest amount every step downstream holds exactly, doubles and JSON included.
MOST_CENTS = 2**53

_AMOUNT = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d*)?")


class NotMoney(ValueError):
    """A text that is no amount; the message says what is wrong with it.

    why: `form` (no number at all), `fraction` (of the smallest unit) or `size`.
    """

    def __init__(self, message: str, *, why: str = "form") -> None:
        super().__init__(message)
        self.why = why


def minor_digits(currency: str) -> int:
    """Digits after the point in `currency` (2 unless ISO 4217 says otherwise)."""
    return MINOR_DIGITS.get(currency, 2)


def parse_cents(text: str, *, currency: str) -> int:
    """The minor units `text` stands for. Raises NotMoney for anything not exact."""
    plain = text.strip()
    if not plain or not plain.isascii() or not _AMOUNT.fullmatch(plain):
        raise NotMoney(f"{text!r} is not an amount")
    digits = minor_digits(currency)
    whole, _, fraction = plain.replace(",", "").partition(".")
    if fraction[digits:].strip("0"):
        raise NotMoney(f"{text!r} has a fraction of the smallest unit of {currency}", why="fraction")
    if len(whole) > 17:
        raise NotMoney(f"{text!r} is larger than any amount kept exactly", why="size")
    cents = int(whole.lstrip("+") + fraction[:digits].ljust(digits, "0"))
    if abs(cents) > MOST_CENTS:
        raise NotMoney(f"{text!r} is larger than any amount kept exactly", why="size")
    return cents


def divide_half_up(numerator: int, denominator: int) -> int:
    """numerator / denominator, rounded half away from zero. denominator > 0."""
    if numerator < 0:
        return -divide_half_up(-numerator, denominator)
    return (2 * numerator + denominator) // (2 * denominator)


def decimal_text(cents: int, *, currency: str) -> str:
    """`123450` CNY as `1234.50`: no separators, for files and the API."""
    digits = minor_digits(currency)
    sign, plain = ("-" if cents < 0 else ""), str(abs(cents)).rjust(digits + 1, "0")
    return sign + (f"{plain[:-digits]}.{plain[-digits:]}" if digits else plain)


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in one currency. Adding two currencies is an error, not a guess."""

    cents: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        if self.currency != other.currency:
            raise NotMoney(f"cannot add {other.currency} to {self.currency}")
        return Money(self.cents + other.cents, self.currency)

    def __str__(self) -> str:
        whole, point, fraction = decimal_text(self.cents, currency=self.currency).partition(".")
        return f"{int(whole):,}{point}{fraction}" if whole != "-0" else f"-0{point}{fraction}"

    def with_symbol(self) -> str:
        """As a reader expects it: ¥1,234.50, or `1,234.50 SEK` where no symbol is usual."""
        symbol = SYMBOLS.get(self.currency)
        if symbol is None:
            return f"{self} {self.currency}"
        return f"-{symbol}{Money(-self.cents, self.currency)}" if self.cents < 0 else f"{symbol}{self}"
