"""Which words mean what: persons, purposes, outcomes, places, sources.

A word that is on no list is read in the way that refuses more: an unknown person is an
unrelated third person, an unknown purpose collects, an unknown outcome may have been a talk
and may have been an attempt that nobody answered.
"""

DEBTORS = frozenset(
    {"debtor", "customer", "cardholder", "consumer", "co_debtor", "joint_debtor", "co_borrower"}
)
GUARANTORS = frozenset({"guarantor", "surety", "co_signer", "cosigner"})
# They stand in the debtor's place: what may be said to the debtor may be said to them.
REPRESENTATIVES = frozenset(
    {
        "executor", "administrator", "estate", "personal_representative", "attorney", "lawyer",
        "solicitor", "legal_guardian", "trustee", "insolvency_practitioner", "debt_counsellor",
        "debt_adviser",
    }
)  # fmt: skip
SPOUSES = frozenset({"spouse"})
# 12 CFR 1006.6(d)(1)(iii)-(vi): those with whom a collector may speak of a debt anyway.
CONFIDANTS = frozenset(
    {"credit_bureau", "consumer_reporting_agency", "creditor", "creditor_attorney", "collector_attorney"}
)
THIRD_PERSONS = frozenset(
    {
        "third_person", "third_party", "third_party_location", "referee", "emergency_contact", "relative",
        "family", "parent", "child", "sibling", "friend", "colleague", "employer", "neighbour", "neighbor",
        "roommate", "address_book_contact",
    }
)  # fmt: skip
PERSONS = DEBTORS | GUARANTORS | REPRESENTATIVES | SPOUSES | CONFIDANTS | THIRD_PERSONS

# What the person asked for: a callback, an answer to their own question.
ASKED = frozenset(
    {
        "service", "service_request", "service_requested", "customer_request", "answer_request", "callback",
        "call_back", "return_call", "requested_callback", "reply", "requested_information",
        "answer_question", "answer_enquiry", "answer_inquiry",
    }
)  # fmt: skip
# 15 USC 1692c(c)(1)-(3): what may still be said after a request to cease.
AFTER_CEASE = frozenset(
    {
        "end_efforts", "end_of_efforts", "terminate_efforts", "confirm_cease", "acknowledge_cease",
        "notify_remedy", "notice_of_remedy", "remedy_notice", "invoke_remedy", "legal_remedy",
        "confirm_end_of_efforts", "notice_of_ending", "ending_efforts", "notify_end_of_efforts",
        "specified_remedy", "notice_of_specified_remedy", "invoke_specified_remedy",
    }
)  # fmt: skip
# Kindly meant, and about paying all the same: not within a moratorium.
REMINDING = frozenset(
    {"remind_before_due", "agreement_reminder", "reminder_before_due", "due_reminder", "due_date_reminder"}
)
# What we owe them, or the law has us say: no demand in it.
ANSWERING = frozenset(
    {
        "answer_objection", "answer_dispute", "answer_complaint", "answer_hardship", "notify_assignment",
        "statement", "legal_notice", "validation_notice",
        "verification", "condolence", "welfare", "notice_of_assignment", "assignment_notice",
        "account_statement", "statutory_notice", "send_validation_notice",
    }
    | AFTER_CEASE
    | REMINDING
)  # fmt: skip
PASS_ON = frozenset(
    {"ask_to_pass_on_message", "pass_on_message", "ask_to_pass_on_a_message", "relay_message"}
)
LOCATE = frozenset(
    {
        "locate", "location", "location_information", "obtain_location", "acquire_location",
        "acquire_location_information", "obtain_location_information", "find_whereabouts", "ask_whereabouts",
        "ask_for_contact_details", "ask_contact_details", "obtain_contact_details", "get_contact_details",
        "request_contact_details", "find_contact_details", "ask_for_whereabouts", "trace", "skip_trace",
    }
)  # fmt: skip
# To sue, or to say that one will.
SUING = frozenset(
    {
        "sue", "bring_suit", "file_suit", "threaten_suit", "threaten_to_sue", "threaten_legal_action",
        "announce_suit", "notice_of_suit", "letter_before_action", "letter_before_claim", "legal_action",
    }
)  # fmt: skip
COLLECTING = (
    frozenset({"collect", "demand", "remind", "negotiate", "offer", "post_notice", "ask_for_payment"})
    | SUING
    | PASS_ON
    | LOCATE
)
PURPOSES = ASKED | ANSWERING | COLLECTING

CONSENTED = frozenset({"consent", "consented", "consent_given", "gave_consent"})  # to be called
SPOKE = CONSENTED | frozenset(
    {
        "conversation", "promise", "promise_to_pay", "refused_to_pay", "disputed", "objected",
        "callback_asked", "refused", "hung_up", "wrong_amount_said", "answered", "connected", "spoke",
        "spoken", "talked", "promised",
    }
)  # fmt: skip
# The debtor answered us, if only in writing or at the door: nobody who is lost.
REACHED = SPOKE | {"replied", "met"}
# Not known yet, or never to be known: counted as whatever would refuse more.
OPEN_OUTCOMES = frozenset({"planned", "unknown"})
# Never rang at the person: comment 14(b)(3)(ii)-1.
NOT_CONNECTED = frozenset(
    {
        "busy", "line_busy", "engaged", "not_in_service", "out_of_service", "disconnected", "not_connected",
        "invalid_number", "failed",
    }
)  # fmt: skip
DEAD_NUMBER = frozenset({"not_in_service", "out_of_service", "disconnected", "invalid_number"})
UNANSWERED = frozenset(
    {
        "no_answer", "rang_unanswered", "answered_dropped", "voicemail", "voicemail_full_no_message",
        "left_message", "limited_content_message", "rejected", "switched_off", "unanswered", "not_answered",
        "no_reply", "rang", "ringing", "answering_machine", "declined", "call_rejected", "abandoned",
        "dropped", "power_off", "unreachable", "silent",
    }
)  # fmt: skip
REACHED_OTHERWISE = frozenset({"wrong_person", "answered_by_third_person"})
MESSAGE_OUTCOMES = frozenset(
    {"delivered", "sent", "read", "replied", "bounced", "undelivered", "opted_out", "met", "nobody_home"}
)
NOT_SPOKEN = NOT_CONNECTED | UNANSWERED | REACHED_OTHERWISE | MESSAGE_OUTCOMES
OUTCOMES = SPOKE | OPEN_OUTCOMES | NOT_SPOKEN
# A third person was told something: a second call to ask the same is one too many.
THIRD_PERSON_TOLD = SPOKE | OPEN_OUTCOMES | {"left_message", "delivered", "sent", "read", "replied", "met"}

NOT_FINANCIAL = frozenset(
    {
        "nothing",
        "none",
        "name",
        "own_name",
        "caller_name",
        "callback_number",
        "contact_request",
        "message_to_call_back",
    }
)
WORK_PLACES = frozenset({"work", "office", "workplace", "office_area", "employer", "company", "factory"})
INSIDE_PLACES = (
    frozenset({"home", "inside_home", "home_inside", "inside", "indoors", "private_place"}) | WORK_PLACES
)
PUBLIC_PLACES = frozenset({"public", "public_place", "street", "notice_board", "lobby"})
# Where visitors may stand unasked. Any other place, one on no list too, is entered with consent only.
OUTSIDE_PLACES = PUBLIC_PLACES | {
    "door", "front_door", "doorstep", "outside", "outside_door", "at_the_door", "gate", "entrance", "branch",
    "bank_branch", "meeting", "cafe", "agreed_place",
}  # fmt: skip
PLACES = WORK_PLACES | INSIDE_PLACES | OUTSIDE_PLACES
HOMES = frozenset({"home", "inside_home", "home_inside", "door", "front_door", "doorstep", "at_the_door"})
LAWFUL_SOURCES = frozenset(
    {
        "reserved", "contract", "application", "customer", "debtor", "customer_gave", "provided_by_debtor",
        "given_by_debtor", "reserved_by_debtor", "reserved_by_customer", "given_by_customer", "own_records",
        "provided_by_customer", "application_form", "card_application", "bank_records", "account_file",
        "guarantor_contract", "emergency_contact", "court", "public_register", "creditor", "prior_contact",
        "reserved_number", "reserved_phone", "reserved_mobile", "reserved_contact", "customer_file",
        "debtor_gave", "told_by_debtor", "told_by_customer", "guarantor", "given_by_guarantor", "card_contract",
    }
)  # fmt: skip
UNLAWFUL_SOURCES = frozenset(
    {
        "bought", "purchased", "address_book", "phone_address_book", "call_log", "crawled", "social_media",
        "data_broker", "leaked", "skip_trace", "operator_repair", "third_party_data", "unknown",
    }
)  # fmt: skip
# Nobody who collects may go by one of these: the names of authorities, of lawyers, of friends.
NOT_OURS_TO_BE = frozenset(
    {
        "court", "judge", "bailiff", "sheriff", "marshal", "police", "public_security",
        "public_security_bureau", "prosecutor", "procuratorate", "government", "regulator",
        "central_bank", "credit_bureau", "notary", "lawyer", "law_firm", "attorney", "friend", "relative",
        "family", "colleague", "courier", "delivery", "delivery_service",
    }
)  # fmt: skip


CHANNEL_WORDS = {
    "calls": "call", "phone": "call", "telephone": "call", "voice": "call", "text": "sms", "texts": "sms",
    "text_message": "sms", "mail": "letter", "post": "letter", "e-mail": "email", "emails": "email",
    "robot": "robot_call", "robot_calls": "robot_call", "ai_call": "robot_call", "ai_voice": "robot_call",
    "letters": "letter", "visits": "visit", "all": "*", "phone_call": "call", "telephone_call": "call",
    "video_call": "call", "robocall": "robot_call", "automated_call": "robot_call", "prerecorded_call": "robot_call",
    "ai_voice_call": "robot_call", "ringless_voicemail": "robot_call", "e_mail": "email", "postal": "letter",
    "postal_letter": "letter", "registered_letter": "letter", "field_visit": "visit", "home_visit": "visit",
    "in_person": "visit", "enterprise_wechat": "wechat", "wecom": "wechat", "app": "chat", "app_push": "chat",
    "push": "chat", "in_app": "chat", "app_message": "chat", "whatsapp": "chat", "social_media": "chat",
    "direct_message": "chat",
}  # fmt: skip


def person_of(to: str) -> str:
    """`debtor`, `guarantor`, `representative`, `spouse`, `confidant` or `third`."""
    return _PERSON_OF.get(to, "third")


def may_have_spoken(outcome: str) -> bool:
    """Whether the person was talked to, as far as anybody knows."""
    return outcome not in NOT_SPOKEN


def purpose_class(purpose: str) -> str:
    """`asked`, `answering` or `collecting`."""
    if purpose in ASKED:
        return "asked"
    return "answering" if purpose in ANSWERING else "collecting"


_PERSON_OF = {
    word: kind
    for kind, words in {
        "debtor": DEBTORS,
        "guarantor": GUARANTORS,
        "representative": REPRESENTATIVES,
        "spouse": SPOUSES,
        "confidant": CONFIDANTS,
        "third": THIRD_PERSONS,
    }.items()
    for word in words
}
