"""E-mail over a real SMTP conversation: what the server says decides, and names cannot break a header."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from aiosmtpd.controller import Controller
from hypothesis import given, settings
from hypothesis import strategies as st

from arrears.contact.channels import ChannelDown, Outgoing, Refused, TryLater, email
from arrears.contact.peer import UnableToTakeMail, mail_peer
from arrears.contact.tests.town import Post, free_port
from arrears.kernel.trouble import WrongConfiguration

AT = datetime(2026, 11, 21, 4, tzinfo=UTC)


def letter(key: str = "k1", to: str = "wang@example.com", name: str = "王小明", **different) -> Outgoing:
    return Outgoing(
        **{"key": key, "to": to, "name": name, "subject": "提醒", "body": "您好\n", "at": AT, **different}
    )


class Stubborn:
    """A mail server that answers as told at each step, then closes or goes on."""

    def __init__(self, **answers: str) -> None:
        self.answers, self.connections, self.taken = answers, 0, 0

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
        envelope.mail_from = address
        return self.answers.get("mail", "250 OK")

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        envelope.rcpt_tos.append(address)
        return self.answers.get("rcpt", "250 OK")

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.taken += 1
        if self.answers.get("data") == "hang up":
            server.transport.close()
        return self.answers.get("data", "250 OK")


@contextmanager
def channel(handler: object, **options) -> Iterator[email.EmailChannel]:
    controller = Controller(handler, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        with email.opened(email.server(f"smtp://127.0.0.1:{controller.port}")) as open_channel:
            yield open_channel
    finally:
        controller.stop()


@pytest.mark.parametrize("step", ["rcpt", "data"])
@pytest.mark.parametrize(
    ("answer", "expected", "meaning"),
    [
        ("450 mailbox busy", TryLater, "asks to be tried later"),
        ("452 full", TryLater, "out of room"),
        ("499 odd", TryLater, "RFC 5321"),
        ("550 no such user", Refused, "no such mailbox"),
        ("554 spam", Refused, "refuses the message"),
        ("421 closing", ChannelDown, "closing the connection"),
    ],
)
def test_the_servers_answer_decides_what_happens_next(step, answer, expected, meaning):
    with channel(Stubborn(**{step: answer})) as there, pytest.raises(expected, match=meaning) as said:
        there.send(letter())
    assert answer[:3] in str(said.value)


def test_a_server_that_refuses_our_sender_is_down_for_all_messages():
    with channel(Stubborn(mail="553 who are you")) as there, pytest.raises(ChannelDown, match="write as"):
        there.send(letter())


def test_a_connection_lost_after_the_letter_leaves_it_in_doubt():
    with channel(Stubborn(data="hang up")) as there, pytest.raises(TryLater) as lost:
        there.send(letter())
    assert lost.value.in_doubt


def test_a_server_that_does_not_want_to_see_the_letter_leaves_no_doubt():
    class Closed(Stubborn):
        async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
            return "250 OK"  # and keeps no receiver: DATA is then answered with 503

    with channel(Closed()) as there, pytest.raises(Refused, match="503"):
        there.send(letter())


def test_nobody_listening_means_the_channel_is_down():
    nobody = email.server(f"smtp://127.0.0.1:{free_port()}")
    with email.opened(nobody) as there, pytest.raises(ChannelDown, match="does not take mail"):
        there.send(letter())


def test_one_connection_carries_a_batch_even_past_a_refusal():
    handler = Stubborn()
    with channel(handler) as there:
        there.send(letter("k1"))
        handler.answers["rcpt"] = "550 no"
        with pytest.raises(Refused):
            there.send(letter("k2"))
        handler.answers.clear()
        there.send(letter("k3"))
    assert (handler.connections, handler.taken) == (1, 2)


def test_a_server_that_hung_up_between_two_letters_is_called_again():
    handler = Stubborn()
    with channel(handler, timeout=0.2) as there:
        there.send(letter("k1"))
        time.sleep(0.5)
        there.send(letter("k2"))
    assert (handler.connections, handler.taken) == (2, 2)


def test_a_password_the_server_does_not_know_is_our_trouble_not_the_messages():
    with channel(Stubborn()) as there:
        wrong = email.server(f"smtp://user:wrong@127.0.0.1:{there.there.port}")
        with email.opened(wrong) as mine, pytest.raises(ChannelDown):
            mine.send(letter())


def test_a_letter_carries_what_good_receivers_look_for(settings):
    written = email.composed(letter())
    assert str(written["From"]) == "Arrears <service@arrears.example>"
    assert written["Date"] == "Sat, 21 Nov 2026 04:00:00 +0000"
    assert written["Auto-Submitted"] == "auto-generated"
    assert written["List-Unsubscribe"].startswith("<http://127.0.0.1:8000/wishes/")
    assert written.get_content_type() == "text/plain" and written.get_content_charset() == "utf-8"
    raw = written.as_bytes()
    assert raw.isascii() and "王小明".encode() not in raw


def test_the_same_key_is_the_same_letter_and_another_key_another():
    assert email.message_id("k1") == email.message_id("k1") != email.message_id("k2")


@pytest.mark.parametrize(
    "name",
    ["Wang\r\nBcc: all@example.com", "Wang\nX: y", "\x00\x0b\x85\u2028Wang", '"Wang" <evil@example.com>, '],
)
def test_a_name_cannot_add_a_header_or_a_receiver(post: Post, name):
    with email.opened(email.server(f"smtp://127.0.0.1:{post.port}")) as there:
        there.send(letter(name=name, subject=f"{name} pays"))
    [arrived] = post.letters()
    assert "Bcc" not in arrived and "X" not in arrived
    assert [address.addr_spec for address in arrived["To"].addresses] == ["wang@example.com"]


@settings(max_examples=60, deadline=None)
@given(name=st.text(max_size=60), subject=st.text(max_size=60))
def test_whatever_the_name_and_subject_the_headers_stay_ours(name, subject):
    written = email.composed(letter(name=name, subject=subject)).as_bytes()
    head = written.partition(b"\r\n\r\n")[0]
    names = [line.partition(b":")[0] for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))]
    assert len(names) == len(set(names)) == 10
    assert b"To" in names and b"Bcc" not in names


@pytest.mark.parametrize(
    "address",
    [
        *("", "wang", "@example.com", "wang@", "wang@x", "a b@example.com", "小明@example.com"),
        *("a@b.com\r\nRCPT TO:<c@d.com>", "a@b@c.com", "a@b..com", "<a@b.com>", "a@b.com,c@d.com"),
        "a@" + "x" * 70 + ".com",
    ],
)
def test_what_is_no_address_is_refused_for_good(address):
    with pytest.raises(Refused, match="is not an e-mail address"):
        email.composed(letter(to=address))


def test_a_chinese_domain_is_written_as_the_mail_system_wants_it():
    assert email.composed(letter(to="wang@例子.中国"))["To"].addresses[0].domain == "xn--fsqu00a.xn--fiqs8s"


@pytest.mark.parametrize(
    ("url", "reaches"),
    [
        ("smtp://127.0.0.1:8025", False),
        ("smtp://localhost", False),
        ("smtp://[::1]:25", False),
        ("smtps://user:p%40ss@mail.example.com", True),
        ("smtp+starttls://10.0.0.5:587", True),
    ],
)
def test_only_a_server_on_this_machine_reaches_nobody(url, reaches):
    assert email.server(url).reaches_people is reaches


def test_user_and_password_are_read_from_the_address():
    there = email.server("smtps://us%40er:p%40ss@mail.example.com")
    assert (there.user, there.password, there.port) == ("us@er", "p@ss", 465)


@pytest.mark.parametrize("url", ["", "http://mail", "smtp://", "mail.example.com:25"])
def test_a_mail_server_nobody_can_use_is_said_at_once(url):
    with pytest.raises(WrongConfiguration, match="ARREARS_SMTP_URL"):
        email.server(url)


def test_the_rehearsals_mailbox_takes_a_letter_once_even_after_a_restart(tmp_path):
    answers = []
    for _ in range(2):
        port = free_port()
        there = email.EmailChannel(email.server(f"smtp://127.0.0.1:{port}"))
        with mail_peer(folder=tmp_path, port=port):
            answers += [there.send(letter()).ref.partition("> ")[2] for _ in range(2)]
            there.close()
    assert answers == ["kept", *["kept already"] * 3] and len(list(tmp_path.glob("*.eml"))) == 1


def test_two_mailboxes_on_one_port_are_told_apart(post: Post, tmp_path):
    with pytest.raises(UnableToTakeMail, match=str(post.port)), mail_peer(folder=tmp_path, port=post.port):
        pass
