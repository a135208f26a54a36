"""What the rooms' codes are called at the desk."""

from django.utils.translation import gettext_lazy as _

from arrears.care.types import MatterKind, Outcome
from arrears.casebook.types import FactKind

FACTS = {
    FactKind.OBJECTION: _("Objection"),
    FactKind.DISPUTE: _("Dispute"),
    FactKind.COMPLAINT: _("Complaint"),
    FactKind.HARDSHIP: _("Hardship"),
    FactKind.DECEASED: _("Customer has died"),
    FactKind.BANKRUPT: _("Bankruptcy"),
    FactKind.LITIGATION: _("Court case"),
    FactKind.BREATHING_SPACE: _("Breathing space"),
    FactKind.CEASE_REQUEST: _("Asked us to stop contact"),
    FactKind.OPTED_OUT: _("Opted out of a channel"),
    FactKind.WRONG_AMOUNT_SUSPECTED: _("Wrong amount suspected"),
    FactKind.AGREEMENT: _("Agreement"),
    FactKind.AGREEMENT_STEP: _("Agreement followed"),
    FactKind.PROMISE: _("Promise to pay"),
    FactKind.AGREED_HOURS: _("Agreed contact hours"),
    FactKind.ASKED_HOURS: _("Asked for contact hours"),
    FactKind.HOLD_LIFTED: _("Hold lifted"),
    FactKind.CONTACT_MADE: _("Contact"),
    FactKind.CONTACT_WITHDRAWN: _("Contact withdrawn"),
    FactKind.LATENESS_REASON: _("Why the customer pays late"),
    FactKind.SIGNED_IN: _("Customer signed in to the portal"),
    FactKind.NOTE: _("Note"),
    FactKind.FINDING: _("Finding"),
    FactKind.MANDATE: _("Direct debit mandate"),
    FactKind.DIRECT_DEBIT: _("Direct debit"),
    FactKind.WORDS_QUESTIONED: _("Words to look at again"),
    FactKind.FRAUD: _("Fraud or identity theft suspected"),
    FactKind.INCAPACITY: _("Cannot decide for themselves"),
    FactKind.MINOR: _("A minor"),
    FactKind.VULNERABLE: _("Needs care"),
    FactKind.ATTORNEY: _("Represented by a lawyer"),
    FactKind.DEBT_COUNSELLOR: _("A debt counsellor helps"),
    FactKind.MENTAL_HEALTH_CRISIS: _("Mental health crisis"),
    FactKind.EMPLOYER_PROHIBITS: _("Not to be reached at work"),
    FactKind.INCONVENIENT_PLACE: _("A place that does not suit"),
    FactKind.TIME_BARRED: _("Time-barred debt"),
    FactKind.CALL_CONSENT: _("Agreed to be called"),
    FactKind.ROBOT_CONSENT: _("Agreed to recorded calls or texts"),
    FactKind.ENTRY_CONSENT: _("Lets visitors in"),
    FactKind.MAY_BE_IN: _("May be in another time zone"),
    FactKind.NUMBER_INVALID: _("A number is dead"),
    FactKind.THIRD_PERSON_REFUSED: _("A third person refuses contact"),
    FactKind.ASSIGNED: _("Given to an agency"),
    FactKind.TOLD_OF_ASSIGNMENT: _("Told of the agency"),
}

FACT_ICONS = {
    FactKind.OBJECTION: "message-exclamation",
    FactKind.DISPUTE: "gavel",
    FactKind.COMPLAINT: "mood-sad",
    FactKind.HARDSHIP: "heart-handshake",
    FactKind.DECEASED: "candle",
    FactKind.BANKRUPT: "building-bank",
    FactKind.LITIGATION: "gavel",
    FactKind.BREATHING_SPACE: "leaf",
    FactKind.CEASE_REQUEST: "hand-stop",
    FactKind.OPTED_OUT: "bell-off",
    FactKind.WRONG_AMOUNT_SUSPECTED: "zoom-exclamation",
    FactKind.AGREEMENT: "file-check",
    FactKind.AGREEMENT_STEP: "list-check",
    FactKind.PROMISE: "calendar-check",
    FactKind.AGREED_HOURS: "clock-check",
    FactKind.ASKED_HOURS: "clock-heart",
    FactKind.HOLD_LIFTED: "lock-open",
    FactKind.CONTACT_MADE: "phone",
    FactKind.CONTACT_WITHDRAWN: "message-off",
    FactKind.LATENESS_REASON: "help-circle",
    FactKind.SIGNED_IN: "login-2",
    FactKind.NOTE: "note",
    FactKind.FINDING: "zoom-exclamation",
    FactKind.MANDATE: "signature",
    FactKind.DIRECT_DEBIT: "building-bank",
    FactKind.WORDS_QUESTIONED: "message-exclamation",
}

CHANNELS = {
    "sms": _("SMS"),
    "email": _("E-mail"),
    "call": _("Phone call"),
    "robot_call": _("Automated call"),
    "letter": _("Letter"),
    "visit": _("Visit"),
    "chat": _("Chat"),
    "wechat": _("WeChat"),
    "": _("No channel"),
}

CHANNEL_ICONS = {
    "sms": "message",
    "email": "mail",
    "call": "phone",
    "robot_call": "robot",
    "letter": "mail-opened",
    "visit": "home",
    "chat": "messages",
    "wechat": "brand-wechat",
}

DEBITS = {
    "sent": _("Sent to the bank"),
    "paid": _("Paid"),
    "rejected": _("Rejected"),
    "returned": _("Came back"),
}

POINTS = {
    "mobile": _("Mobile"),
    "email": _("E-mail"),
    "address": _("Address"),
    "wechat": _("WeChat"),
}

PROPOSALS = {
    "planned": _("cleared, waits for its hour"),
    "sent": _("sent"),
    "refused": _("refused"),
    "deferred": _("deferred"),
    "withdrawn": _("withdrawn"),
    "failed": _("failed"),
}

PROPOSAL_TONES = {
    "planned": "calm",
    "sent": "good",
    "refused": "warn",
    "deferred": "warn",
    "withdrawn": "",
    "failed": "bad",
}

OUTCOMES = {
    "delivered": _("delivered"),
    "failed": _("failed"),
    "unknown": _("not known whether it arrived"),
    "conversation": _("spoke with the customer"),
    "promise_to_pay": _("the customer promised to pay"),
    "wrong_person": _("somebody else answered"),
    "no_answer": _("no answer"),
    "busy": _("busy"),
    "voicemail": _("voicemail"),
    "not_in_service": _("number not in service"),
    "refused": _("refused"),
}

BECAUSE = {
    "round": _("the day's round"),
    "payment": _("money arrived"),
    "book": _("news in the card book"),
    "fact": _("a fact was told"),
}

LANGUAGES = {"zh-hans": _("Chinese"), "en": _("English")}

MESSAGES = {
    "waiting": _("waits for its hour"),
    "sending": _("on its way"),
    "sent": _("sent"),
    "failed": _("failed"),
    "withdrawn": _("withdrawn"),
    "expired": _("its hours passed, not sent"),
}

# What a fact's payload says, key by key, in the order told.
PAYLOAD = {
    "outcome": _("Outcome: %(value)s"),
    "hours": _("Hours: %(value)s"),
    "channel": _("Channel: %(value)s"),
    "until": _("Until %(value)s"),
    "state": _("State: %(value)s"),
    "reason": _("Reason: %(value)s"),
    "because": _("Because: %(value)s"),
    "error": _("The provider said: %(value)s"),
    "evidence": _("Evidence: %(value)s"),
}

# The timeline's parts, as its filter names them.
GROUPS = {"money": _("Money"), "lateness": _("Lateness"), "contact": _("Contact"), "word": _("What was said")}

WEEKDAYS = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))

# How a contact came close to a limit.
NEAR_MISSES = {
    "taken_back": _("cleared, then stopped by a fact before it left"),
    "last_minutes": _("made in the last ten minutes of its leave"),
}

STRENGTHS = {"must": _("must"), "should": _("should")}

MATTER_KINDS = {
    MatterKind.OBJECTION: _("Objection"),
    MatterKind.DISPUTE: _("Dispute"),
    MatterKind.CREDIT_DATA: _("Credit data"),
    MatterKind.COMPLAINT: _("Complaint"),
    MatterKind.NEED: _("Hardship or need"),
}

MATTER_ENDS = {
    Outcome.UPHELD: _("upheld"),
    Outcome.PARTLY: _("partly upheld"),
    Outcome.REJECTED: _("nothing wrong found"),
    Outcome.WITHDRAWN: _("taken back by the customer"),
    Outcome.ENDED: _("over"),
}

MATTER_STEPS = {
    "raised": _("raised"),
    "took": _("looks after it"),
    "extended": _("extended"),
    "asked": _("noted"),
    "answered": _("answered"),
}

BUREAU = {
    "mark": _("mark the data as disputed"),
    "correct": _("correct the data"),
    "unmark": _("take the mark off"),
}

PROMISE_STATES = {
    "running": _("runs"),
    "kept": _("was kept"),
    "part_kept": _("was kept in part"),
    "broken": _("was broken"),
    "cancelled": _("was taken back"),
}

AGREEMENT_STATES = {
    "performing": _("is being kept"),
    "done": _("was kept to the end"),
    "broken": _("was broken"),
    "cancelled": _("ended at the customer's wish"),
    "replaced": _("was negotiated anew"),
}

OFFER_STATES = {
    "waiting": _("waits for approval"),
    "open": _("can be accepted"),
    "declined": _("was not approved"),
    "superseded": _("a newer one took its place"),
    "expired": _("has run out"),
    "cancelled": _("was taken back"),
    "accepted": _("was accepted"),
}

STATE_TONES = {
    "running": "calm",
    "performing": "calm",
    "waiting": "warn",
    "open": "calm",
    "accepted": "good",
    "kept": "good",
    "done": "good",
    "part_kept": "warn",
    "broken": "bad",
    "declined": "bad",
}

PART_STATES = {
    "kept": _("paid"),
    "late": _("paid late"),
    "missed": _("missed"),
    "part": _("paid in part"),
    "coming": _("to come"),
}

PART_TONES = {"kept": "good", "late": "warn", "missed": "bad", "part": "warn", "coming": ""}

# What an agreement's steps are called; what else they say stands in `STEP_SAYS`.
STEPS = {
    "missed": _("Instalment missed"),
    "cured": _("Instalment made good"),
    "waived": _("Given up"),
    "rest_given_up": _("The rest given up"),
}

STEP_TONES = {"missed": "warn", "cured": "good", "waived": "good", "rest_given_up": "good"}

ROLES = {
    "customer": _("the customer"),
    "agent": _("Agent"),
    "team_leader": _("Team leader"),
    "manager": _("Manager"),
}

DUE = {
    "instalment": _("Instalment due"),
    "promise": _("Promised"),
    "offer": _("Quotation ends"),
    "cure": _("To be made good by"),
    "matter": _("Answer due"),
}

RATES = {
    "kind": _("By kind"),
    "agent": _("By who offered"),
    "channel": _("By channel"),
    "affordability": _("By what can be afforded"),
    "promise_taken_by": _("Promises, by who took them"),
    "promise_channel": _("Promises, by channel"),
}

AFFORDABILITY = {
    "within": _("within means"),
    "tight": _("tight"),
    "beyond": _("beyond means"),
    "unknown": _("means not known"),
}
