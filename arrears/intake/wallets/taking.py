"""A wallet's notice on its way in: believed or refused, kept either way, booked once."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from arrears.casebook import actions as casebook_actions
from arrears.casebook import queries as casebook
from arrears.casebook.types import MoneyBack, MoneyNotice
from arrears.intake.models import PaymentOrder, WalletNotice
from arrears.intake.payments import take_all
from arrears.intake.reasons import Wrong
from arrears.intake.wallets import alipay, wechat
from arrears.intake.wallets.configuration import Wallets, load_wallets
from arrears.intake.wallets.types import Received, Refusal, Said, plain
from arrears.kernel.money import decimal_text
from arrears.kernel.trouble import Trouble
from arrears.kernel.words import Words

MOST_BYTES = 64 * 1024
MOST_REFUSED_A_DAY = 2_000  # of one provider are kept; anybody can send what is refused
_SIGNED_ALL_THE_SAME = {"changed", "contradicts", "other_amount", "not_amount"}  # nobody else can send these
_KEPT_HEADERS = ("content-type", "user-agent", "wechatpay-", "alipay-")
_BELIEVE = {"alipay": alipay.believe, "wechat": wechat.believe}


class UnableToOpenOrder(Trouble):
    """The number is taken by another order."""


@dataclass(frozen=True, slots=True)
class WalletTaken:
    """What became of a wallet's notice; `answer` is what it expects to hear.

    state: taken | known | refused | no_money; code and words: why it was refused.
    """

    state: str
    code: str
    words: Words | None
    touched: tuple[str, ...]
    status: int
    content_type: str
    answer: str

    @property
    def accepted(self) -> bool:
        """Whether the wallet need not tell it again."""
        return self.state != "refused"


def open_order(*, number: str, account_ref: str, cents: int, currency: str, now: datetime) -> None:
    """Say what whoever pays under `number` has to pay, and to which account. Safe to do twice.

    Raises UnableToOpenOrder where the number stands for something else.
    """
    asked = {"account_ref": account_ref, "cents": cents, "currency": currency}
    order, _ = PaymentOrder.objects.get_or_create(number=number, defaults={**asked, "opened_at": now})
    if (order.account_ref, order.cents, order.currency) != (account_ref, cents, currency):
        raise UnableToOpenOrder(f"the number {number} stands for another payment", do="Take a new number.")


def wallets_file() -> Path:
    """Where the wallets are set up."""
    return Path(settings.HOME) / "money" / "wallets.yaml"


def take_wallet_notice(
    *, provider: str, body: bytes, headers: Mapping[str, str], now: datetime, wallets: Wallets | None = None
) -> WalletTaken:
    """Take one notice of `alipay` or `wechat`. What is not believed is refused and kept as evidence.

    Raises WrongConfiguration where the wallets are set up wrongly.
    """
    received = Received(body, {name.lower(): value for name, value in headers.items()})
    trusted = wallets if wallets is not None else load_wallets(wallets_file())
    evidence = WalletNotice(
        provider=provider,
        digest=_digest(received),
        headers={k: v[:500] for k, v in received.headers.items() if k.startswith(_KEPT_HEADERS)},
        body=body[:MOST_BYTES],
        received_at=now,
    )
    try:
        said = _kept_well(_BELIEVE[provider](received, trusted, now=now))
        with transaction.atomic():
            touched = _take(said, evidence, now=now)
    except Refusal as refusal:
        _refuse(evidence, refusal)
        return _answered(received, evidence, ())
    return _answered(received, evidence, touched)


def _kept_well(said: Said) -> Said:
    texts = {name: plain(value) for name, value in asdict(said).items() if isinstance(value, str)}
    return replace(said, **texts)  # type: ignore[arg-type]


def _take(said: Said, evidence: WalletNotice, *, now: datetime) -> tuple[str, ...]:
    """Book what it says, once; the accounts that changed. Raises Refusal; then nothing is booked."""
    casebook_actions.hold_till()
    content = hashlib.sha256(repr(asdict(said)).encode()).hexdigest()
    evidence.scheme, evidence.notice_id, evidence.transaction = said.scheme, said.notice_id, said.transaction
    evidence.content = content
    before = WalletNotice.objects.filter(provider=said.provider).exclude(state="refused")
    if said.scheme in {"v3", "json"} and before.filter(digest=evidence.digest).exists():
        raise Refusal("replayed")
    if said.notice_id and before.filter(notice_id=said.notice_id).exclude(content=content).exists():
        raise Refusal("changed", said.notice_id)
    tellings = _tellings(said)
    outcomes = take_all(tellings, now=now)
    wrong = next((one for one in outcomes if isinstance(one, Wrong)), None)
    if wrong:
        raise Refusal("contradicts", dict(wrong.facts).get("before", ""))
    done = [one for one in outcomes if not isinstance(one, Wrong)]
    evidence.money_ref = done[0].money_ref if done else ""
    evidence.state = "no_money" if not done else "taken" if any(one.first for one in done) else "known"
    evidence.save()
    return tuple({one.account_ref: None for one in done if one.account_ref and one.applied_now})


def _tellings(said: Said) -> list[MoneyNotice | MoneyBack]:
    tellings: list[MoneyNotice | MoneyBack] = []
    ref = f"{said.provider}:{said.transaction}"
    if said.cents is not None and said.paid_date:
        tellings.append(
            MoneyNotice(
                ref=ref,
                received_date=said.paid_date,
                cents=said.cents,
                currency=said.currency,
                account_given=_ordered_for(said),
                reference_given=said.reference,
                payer_name=said.payer,
                origin=f"{said.provider} {said.scheme} {said.merchant}",
                source=said.provider,
                names=tuple(name for name in (said.transaction, said.order) if name),
            )
        )
    back = said.back_cents - (_gone_already(said) if said.back_is_all else 0)
    if said.back_ref and said.back_date and back > 0:
        gone = MoneyBack(
            said.back_ref, said.transaction, back, said.currency, said.back_date, said.back_reason
        )
        tellings.append(replace(gone, origin=f"{said.provider} {said.scheme}", source=said.provider))
    return tellings


def _ordered_for(said: Said) -> str:
    """The account of the order it pays, if we opened one. Raises Refusal where the amount is another."""
    order = PaymentOrder.objects.filter(number=said.order).first() if said.order else None
    if order is None:
        return ""
    if (order.cents, order.currency) != (said.cents, said.currency):
        asked = decimal_text(order.cents, currency=order.currency)
        paid = decimal_text(said.cents or 0, currency=said.currency)
        raise Refusal("other_amount", f"{paid} {said.currency} / {asked} {order.currency}")
    return order.account_ref


def _gone_already(said: Said) -> int:
    """Alipay tells what went back in all so far: what of it was told before, in whatever order."""
    return casebook.money_gone_back(of=said.transaction, source=said.provider)


def _digest(received: Received) -> str:
    signed = [received.headers.get(name, "") for name in ("wechatpay-signature", "alipay-signature")]
    return hashlib.sha256(received.body + repr(signed).encode()).hexdigest()


def _refuse(evidence: WalletNotice, refusal: Refusal) -> None:
    evidence.state, evidence.code, evidence.reason = "refused", refusal.code, refusal.words.as_json()
    since = evidence.received_at - timedelta(days=1)
    refused = WalletNotice.objects.filter(provider=evidence.provider, state="refused")
    if refusal.code in _SIGNED_ALL_THE_SAME:
        has_room = not refused.filter(digest=evidence.digest, code=refusal.code).exists()
    else:
        kept = refused.filter(received_at__gte=since).exclude(code__in=_SIGNED_ALL_THE_SAME)
        has_room = kept[:MOST_REFUSED_A_DAY].count() < MOST_REFUSED_A_DAY
    if has_room:
        evidence.save()


def _answered(received: Received, evidence: WalletNotice, touched: tuple[str, ...]) -> WalletTaken:
    good = evidence.state != "refused"
    words = Words(**evidence.reason) if evidence.reason else None
    if evidence.provider == "alipay":
        dress = (200, "text/plain", "success" if good else "fail")
    elif wechat.is_version_2(received):
        said = ("SUCCESS", "OK") if good else ("FAIL", evidence.code)
        xml = "<xml><return_code><![CDATA[{}]]></return_code><return_msg><![CDATA[{}]]></return_msg></xml>"
        dress = (200, "text/xml", xml.format(*said))
    else:
        said = ("SUCCESS", "成功") if good else ("FAIL", evidence.code)
        answer = json.dumps({"code": said[0], "message": said[1]}, ensure_ascii=False)
        dress = (200 if good else 400, "application/json", answer)
    return WalletTaken(evidence.state, evidence.code, words, touched, *dress)
