"""What things are called on the customer's side: plain and kind."""

from django.utils.translation import gettext_lazy as _

from arrears.casebook.types import FactKind

TOLD = {
    FactKind.OBJECTION: _("You told us that something is not right"),
    FactKind.DISPUTE: _("You dispute a posting"),
    FactKind.COMPLAINT: _("You complained about us"),
    FactKind.HARDSHIP: _("You told us that paying is difficult at present"),
    FactKind.DECEASED: _("You told us of a death in the family"),
    FactKind.CEASE_REQUEST: _("You asked us to stop contacting you"),
    FactKind.OPTED_OUT: _("You chose not to be reached this way"),
    FactKind.ASKED_HOURS: _("You told us when you can be reached"),
    FactKind.AGREED_HOURS: _("We agreed when you can be reached"),
    FactKind.AGREEMENT: _("We made an agreement"),
    FactKind.PROMISE: _("A promise to pay"),
    FactKind.HOLD_LIFTED: _("We have finished looking into it"),
}

# What became of something agreed, by the state its fact tells.
AGREED = {
    (FactKind.PROMISE, "running"): _("You promised to pay"),
    (FactKind.PROMISE, "kept"): _("Your promise was kept, thank you"),
    (FactKind.PROMISE, "part_kept"): _("Part of what you promised arrived"),
    (FactKind.PROMISE, "broken"): _("What you promised did not arrive"),
    (FactKind.PROMISE, "cancelled"): _("Your promise was replaced or taken back"),
    (FactKind.AGREEMENT, "done"): _("Our agreement was kept to its end, thank you"),
    (FactKind.AGREEMENT, "broken"): _("Our agreement ended without being kept"),
    (FactKind.AGREEMENT, "cancelled"): _("Our agreement ended at your wish"),
    (FactKind.AGREEMENT, "replaced"): _("Our agreement was negotiated anew"),
}

ICONS = {
    FactKind.OBJECTION: "message-exclamation",
    FactKind.DISPUTE: "message-exclamation",
    FactKind.COMPLAINT: "message-exclamation",
    FactKind.HARDSHIP: "heart-handshake",
    FactKind.DECEASED: "candle",
    FactKind.CEASE_REQUEST: "hand-stop",
    FactKind.OPTED_OUT: "bell-off",
    FactKind.ASKED_HOURS: "clock-heart",
    FactKind.AGREED_HOURS: "clock-check",
    FactKind.AGREEMENT: "file-check",
    FactKind.PROMISE: "calendar-time",
    FactKind.HOLD_LIFTED: "circle-check",
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
}

CHANNEL_ICONS = {
    "sms": "message",
    "email": "mail",
    "call": "phone",
    "robot_call": "phone",
    "letter": "mail-opened",
    "visit": "home",
    "chat": "messages",
    "wechat": "messages",
}

TEMPLATES = {
    "one_time_code": _("the code you asked for, to sign in"),
    "reminder_before_due": _("a reminder before the due date"),
    "reminder_late": _("a reminder about a payment"),
    "reminder_later": _("a reminder about a payment"),
    "promise_made": _("your promise, in writing"),
    "agreement_copy": _("our agreement, in writing"),
    "agreement_reminder": _("a reminder before an agreed payment"),
    "agreement_missed": _("a question about an agreed payment"),
    "promise_broken": _("a question about a promised payment"),
    "promise_part_kept": _("a question about a promised payment"),
}

LANGUAGES = {"zh-hans": _("Chinese"), "en": _("English")}

# How a matter ended, as its customer reads it.
MATTER_ENDS = {
    "upheld": _("You were right"),
    "partly": _("You were partly right"),
    "rejected": _("We found nothing wrong"),
    "withdrawn": _("You took it back"),
    "ended": _("Closed"),
}

MATTER_ICONS = {
    "wrong": "message-exclamation",
    "life": "heart-handshake",
    "complaint": "mood-sad",
    "died": "candle",
}

# What was agreed, how it stands, and how each payment of it stands.
KINDS = {
    "promise": _("Promise to pay"),
    "extension": _("Later due date"),
    "instalment_bill": _("The bill in parts"),
    "instalment_balance": _("Everything in parts"),
    "personal_instalments": _("Personal plan in parts"),
    "settlement": _("Settled in one sum"),
    "waiver": _("Given up by us"),
}
STATES = {
    "running": _("being kept"),
    "performing": _("being kept"),
    "open": _("offered, not agreed yet"),
    "waiting": _("a colleague has to agree"),
    "declined": _("not possible this time"),
    "kept": _("kept, thank you"),
    "part_kept": _("kept in part"),
    "broken": _("not kept"),
    "cancelled": _("taken back"),
    "replaced": _("replaced by a new one"),
    "done": _("done, thank you"),
}
PARTS = {
    "kept": _("paid"),
    "late": _("paid late"),
    "missed": _("missed"),
    "part": _("paid in part"),
    "coming": _("to come"),
    "": _("to come"),
}
