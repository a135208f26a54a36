"""Acceptance: the quotation is checked word for word, then honoured to the cent, once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from arrears.arrangements import ground, models, offering, signing
from arrears.arrangements.barring import barred_by
from arrears.arrangements.core.posting import plan_postings, waiver
from arrears.arrangements.core.quoting import canonical, schedule_from
from arrears.arrangements.ending import end, post, tell_step
from arrears.arrangements.promising import end_promise
from arrears.arrangements.seeing import agreement_seen, content
from arrears.arrangements.types import (
    IN_PARTS,
    AgreementSeen,
    AgreementState,
    Kind,
    OfferState,
    PromiseState,
    UnableToAccept,
    UnableToArrange,
    UnableToCancel,
    Who,
    bank_day,
)
from arrears.casebook.types import FactKind
from arrears.contact import actions as contact
from arrears.kernel.trouble import Trouble
from arrears.kernel.words import Words


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether a quotation can be honoured now. because: one of `REFUSED_BECAUSE`, empty where it can."""

    because: str
    words: Words
    offer_key: str | None = None

    @property
    def good(self) -> bool:
        """Whether it can be honoured."""
        return not self.because


WORDS = {
    "": Words(zh="报价有效，可以接受", en="the quotation stands and can be accepted"),
    "changed": Words(
        zh="报价内容或签名被改动过，不能按它办理",
        en="the quotation or its signature was changed: it is not what we signed",
    ),
    "unknown": Words(zh="没有这份报价", en="there is no such quotation"),
    "expired": Words(zh="报价已过期", en="the quotation has passed its end date"),
    "superseded": Words(zh="已有更新的报价取代它", en="a newer quotation has taken its place"),
    "accepted": Words(zh="报价已被接受过", en="the quotation was accepted already"),
    "not_open": Words(zh="报价未获批准或已撤回", en="the quotation was not approved, or was taken back"),
    "moved": Words(
        zh="报价之后账上有新的款项，金额已不同",
        en="money moved on the account since: the amounts are different now",
    ),
    "conflict": Words(zh="该账户已有履行中的约定", en="another agreement is being kept on this account"),
    "held": Words(
        zh="客户情况有变，先把那件事处理好", en="something stands in the way that is to be settled first"
    ),
}


def check_document(quotation: dict[str, Any], signature: str, *, now: datetime) -> Checked:
    """Whether a quotation somebody holds up is ours, unchanged, and can be honoured at `now`."""
    row = models.Offer.objects.filter(key=str(quotation.get("key"))).select_related("account").first()
    try:
        text = canonical(quotation)
    except UnableToArrange:
        text = ""
    if not signing.is_signed(text, signature) or (row is not None and text != row.quotation):
        return Checked("changed", WORDS["changed"], row.key if row else None)
    return _checked(row, now=now) if row else Checked("unknown", WORDS["unknown"])


def _checked(row: models.Offer, *, now: datetime) -> Checked:
    because = _because(row, now=now)
    return Checked(because, WORDS[because], row.key)


def _because(row: models.Offer, *, now: datetime) -> str:
    by_state = {
        OfferState.ACCEPTED: "accepted",
        OfferState.SUPERSEDED: "superseded",
        OfferState.EXPIRED: "expired",
    }
    if row.state != OfferState.OPEN:
        return by_state.get(OfferState(row.state), "not_open")
    if not signing.is_signed(row.quotation, row.signature):
        return "changed"
    if now >= row.ends_at:
        return "expired"
    if content(row)["basis"]["fingerprint"] != offering.current_fingerprint(row.account.ref):
        return "moved"
    if row.kind != Kind.WAIVER and barred_by(row.account.ref):
        return "held"
    running = ground.running_agreement(row.account.ref)
    if running and row.kind != Kind.WAIVER and running.key != row.replaces:
        return "conflict"
    return ""


def accept(
    *,
    key: str,
    offer_key: str,
    who: Who,
    channel: str,
    now: datetime,
    document: tuple[dict[str, Any], str] | None = None,
    recording: str = "",
) -> AgreementSeen:
    """Agree to a quotation. key: the face's own; asked twice, the answer is the same agreement.

    document: the quotation and signature the customer holds, checked word for word; without
    it, the one on record. recording: where the recording of an oral agreement is kept; for
    article 70 it is needed unless the customer agreed in writing at the portal.
    Raises UnableToAccept, naming a new quotation where one could be made.
    """
    agreement, checked = _accept(key, offer_key, who, channel, now, document, recording)
    if agreement:
        return agreement
    again = _offered_again(offer_key, checked, now=now)
    raise UnableToAccept(
        checked.words, because=checked.because, new_offer=again, do=READY if again else ASK_AGAIN
    )


READY = Words(zh="新的报价已备好。", en="A new quotation is ready.")
ASK_AGAIN = Words(zh="请重新报价。", en="Ask for a new quotation.")


@transaction.atomic
def _accept(
    key: str,
    offer_key: str,
    who: Who,
    channel: str,
    now: datetime,
    document: tuple[dict[str, Any], str] | None,
    recording: str,
) -> tuple[AgreementSeen | None, Checked]:
    row = models.Offer.objects.filter(key=offer_key).select_related("account", "customer").first()
    if row is None:
        return None, Checked("unknown", WORDS["unknown"])
    ground.lock(row.account.ref)
    row.refresh_from_db()
    known = models.Agreement.objects.filter(key=key).select_related("offer", "account").first()
    if known and known.offer_id == row.pk:
        return agreement_seen(known), Checked("", WORDS[""])
    checked = check_document(*document, now=now) if document else _checked(row, now=now)
    if not checked.good or checked.offer_key != row.key:
        return None, checked if not checked.good else Checked("changed", WORDS["changed"], row.key)
    _check_recording(row, who, recording)
    return agreement_seen(_agree(row, key, who, channel, now, recording)), checked


def _check_recording(row: models.Offer, who: Who, recording: str) -> None:
    kept = recording or row.surroundings.get("recording")
    if row.kind == Kind.PERSONAL and who.role != "customer" and not kept:
        raise UnableToAccept(
            Words(
                zh="第七十条的口头协议须录音，录音保存至欠款结清",
                en="an oral agreement under article 70 is recorded, and the recording kept until the "
                "debt is settled",
            ),
            because="not_open",
            do=Words(
                zh="请填写录音编号，或请客户在客户门户书面同意。",
                en="Name the recording, or let the customer agree in writing at the portal.",
            ),
        )


def _agree(
    row: models.Offer, key: str, who: Who, channel: str, now: datetime, recording: str
) -> models.Agreement:
    running = ground.running_agreement(row.account.ref)
    if running and row.kind != Kind.WAIVER:
        end(running, AgreementState.REPLACED, on=ground.house_day(row.made_at), because=REPLACED, now=now)
    row.state, row.decided_at = OfferState.ACCEPTED, now
    row.save()
    agreement = models.Agreement.objects.create(
        key=key,
        offer=row,
        account=row.account,
        kind=row.kind,
        state=AgreementState.DONE if row.kind == Kind.WAIVER else AgreementState.PERFORMING,
        agreed_at=now,
        accepted_by=who.name,
        channel=channel,
        recording=recording or row.surroundings.get("recording", ""),
        ended_date=ground.house_day(now) if row.kind == Kind.WAIVER else None,
    )
    _enact(agreement, by=who.name, now=now)
    return agreement


REPLACED = Words(zh="重新商量后由新约定取代", en="negotiated anew: another agreement takes its place")


def _enact(agreement: models.Agreement, *, by: str, now: datetime) -> None:
    """Its first postings, the fact every other room reads, and peace on every channel."""
    row, said, on = agreement.offer, content(agreement.offer), ground.house_day(now)
    if agreement.kind == Kind.WAIVER:
        post(agreement, [waiver(said["key"], said["waived_cents"], on)], now=now)
        tell_step(agreement, "waived", f"{on}", by=by, now=now, cents=said["waived_cents"], of=said["of"])
        return
    if Kind(agreement.kind) in IN_PARTS:
        post(agreement, plan_postings(said["key"], schedule_from(said), until=on), now=now)
    ground.tell(
        FactKind.AGREEMENT,
        f"agreement:{agreement.key}:performing",
        account_ref=row.account.ref,
        customer_ref=row.customer.ref,
        at=now,
        now=now,
        by=by,
        state="performing",
        agreement=agreement.key,
        kind=agreement.kind,
        pays_cents=said["pays_cents"],
    )
    _end_promise(agreement, now=now)
    contact.withdraw(account_refs=[row.account.ref], because=AGREED, now=now)


AGREED = Words(zh="已达成约定，原定联系撤回", en="an agreement was made: the planned contact is withdrawn")


def _end_promise(agreement: models.Agreement, *, now: datetime) -> None:
    running = models.Promise.objects.filter(account=agreement.account, state=PromiseState.RUNNING)
    for promise in running.select_related("account", "customer"):
        end_promise(promise, PromiseState.CANCELLED, paid_cents=0, at=now, now=now)


def _offered_again(offer_key: str, checked: Checked, *, now: datetime) -> str | None:
    """A fresh quotation on the same terms, or the one that stands; None where neither can be."""
    row = models.Offer.objects.filter(key=offer_key).select_related("account").first()
    if row is None or checked.because in {"accepted", "conflict", "unknown", "not_open", "held"}:
        return None
    live = models.Offer.objects.filter(account=row.account, state=OfferState.OPEN, ends_at__gt=now)
    standing = live.exclude(key=row.key if checked.because != "changed" else "").first()
    if standing and _because(standing, now=now) == "":
        return standing.key
    try:
        again = offering.offer(
            key=f"again:{row.key}:{offering.current_fingerprint(row.account.ref)}:{ground.house_day(now)}",
            account_ref=row.account.ref,
            asked=ground.asked_from(row.asked),
            who=Who(row.made_by, row.made_role, row.made_team),
            surroundings=offering.surroundings_from(row.surroundings),
            now=now,
            is_workday=bank_day,
        )
    except Trouble:
        return None  # the same terms are no longer possible: a person looks for others
    return again.key


@transaction.atomic
def cancel_agreement(*, agreement_key: str, who: Who, because: Words, now: datetime) -> AgreementSeen:
    """End an agreement because the customer asks for it. Raises UnableToCancel where none is kept."""
    rows = models.Agreement.objects.filter(key=agreement_key).select_related("account", "offer__customer")
    row = rows.first()
    if row is None:
        raise UnableToCancel(
            Words(zh=f"没有约定 {agreement_key}", en=f"there is no agreement {agreement_key}")
        )
    ground.lock(row.account.ref)
    row.refresh_from_db()
    if row.state == AgreementState.CANCELLED:
        return agreement_seen(row)
    if row.state != AgreementState.PERFORMING:
        raise UnableToCancel(Words(zh="这份约定已经结束", en=f"the agreement is {row.state}"))
    end(
        row, AgreementState.CANCELLED, on=ground.house_day(now), because=because, now=now, by=who.name, at=now
    )
    return agreement_seen(row)
