"""The bytes of a message (conformance checklist, items 1 to 6)."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.channels.mime import MAX_LINE, RefusedMessageError, compose
from plugin.core.messages import Message
from tests.channels.builders import NOW, a_message

ENCODED_WORD = re.compile(rb"=\?utf-8\?b\?[A-Za-z0-9+/=]*\?=")


def raw_of(message: Message) -> bytes:
    return compose(message, NOW).raw


def head_of(raw: bytes) -> bytes:
    return raw.partition(b"\r\n\r\n")[0]


def parsed(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def refusal_of(message: Message, *, allow_loopback_links: bool = False) -> str:
    with pytest.raises(RefusedMessageError) as refused:
        compose(message, NOW, allow_loopback_links=allow_loopback_links)
    return refused.value.reason


def test_every_header_stands_once_and_the_date_is_the_moment_given() -> None:
    names = [
        line.partition(b":")[0] for line in head_of(raw_of(a_message())).split(b"\r\n") if line[:1] != b" "
    ]

    assert names == [
        *(b"From", b"To", b"Subject", b"Date", b"Message-ID"),
        *(b"List-Unsubscribe", b"List-Unsubscribe-Post", b"Feedback-ID"),
        *(b"MIME-Version", b"Content-Language", b"Content-Type"),
    ]
    assert b"\r\nDate: Sat, 21 Nov 2026 12:00:00 +0000\r\n" in raw_of(a_message())


def test_the_text_part_comes_first_and_both_parts_say_what_was_written() -> None:
    message = parsed(raw_of(a_message(text="Xin chào — سلام\n", html="<p>Xin chào — سلام</p>")))

    parts = list(message.iter_parts())
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    assert parts[0].get_content() == "Xin chào — سلام\r\n"
    assert parts[1].get_content() == "<p>Xin chào — سلام</p>\r\n"


@pytest.mark.parametrize("length", [40, 78, 300, 900])
def test_the_unsubscribe_link_is_never_folded_into_encoded_words(length: int) -> None:
    link = "https://app.example/u/".ljust(length, "a")
    head = head_of(raw_of(a_message(unsubscribe_url=link)))

    assert b"List-Unsubscribe: <" + link.encode() + b">\r\n" in head
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in head


def test_a_transactional_message_has_no_list_headers() -> None:
    assert b"List-Unsubscribe" not in raw_of(a_message(unsubscribe_url=None))


@pytest.mark.parametrize(
    "link",
    [
        "http://app.example/u/t",
        "mailto:stop@app.example",
        "https://app.example/u/t>, <https://evil.example",
        "https://app.example/u/a b",
        "https:///u/t",
        "http://127.0.0.1:8000/u/t",
        "https://app.example/u/" + "a" * 1000,
    ],
)
def test_an_unsubscribe_link_that_is_not_one_https_address_is_refused(link: str) -> None:
    assert refusal_of(a_message(unsubscribe_url=link)) in {"bad_unsubscribe_link", "unsafe_bytes"}


def test_a_plain_link_to_this_machine_is_for_the_demo_only() -> None:
    message = a_message(unsubscribe_url="http://127.0.0.1:8000/u/t")

    assert b"<http://127.0.0.1:8000/u/t>" in compose(message, NOW, allow_loopback_links=True).raw
    other = a_message(unsubscribe_url="http://app.example/u/t")
    assert refusal_of(other, allow_loopback_links=True) == "bad_unsubscribe_link"


@pytest.mark.parametrize(
    "subject",
    [
        "Hello\r\nBcc: victim@x.test",
        "Hello\nBcc: victim@x.test",
        "Hello\rBcc: victim@x.test",
        "=?utf-8?q?a=0d=0aBcc:_victim@x.test?=",
        "=?utf-8?b?YQ0KQmNjOiB2QHgudGVzdA==?=",
        "nul\x00",
        "line\u2028separator",
        "half a character \ud83d",
    ],
)
def test_a_line_break_in_a_subject_open_or_encoded_is_refused(subject: str) -> None:
    assert refusal_of(a_message(subject=subject)) == "unsafe_header"
    assert refusal_of(a_message(to_name=subject)) == "unsafe_header"


def test_an_encoded_word_typed_by_a_person_is_shown_as_typed() -> None:
    subject = "=?utf-8?q?free?= money"
    assert b"Subject: =?utf-8?b?" in raw_of(a_message(subject=subject))
    assert b"=?utf-8?q?free?=" not in raw_of(a_message(subject=subject))


@pytest.mark.parametrize(
    ("to", "reason"),
    [
        ("", "bad_address"),
        ("nobody", "bad_address"),
        ("@customer.example", "bad_address"),
        ("a b@customer.example", "bad_address"),
        ("ann@localhost", "bad_address"),
        ("ann@[127.0.0.1]", "bad_address"),
        ("ann@10.0.0.1", "bad_address"),
        ("ann@customer..example", "bad_address"),
        (".ann@customer.example", "bad_address"),
        ("ann@customer.example\r\nRCPT TO:<x@y.example>", "bad_address"),
        ("ann@a.example,bob@b.example", "bad_address"),
        ("Ann <ann@a.example>", "bad_address"),
        ("a" * 65 + "@customer.example", "bad_address"),
        ("ann@" + "a" * 64 + ".example", "bad_address"),
        ("ánn@customer.example", "address_needs_smtputf8"),
    ],
)
def test_a_recipient_that_is_no_plain_address_is_refused(to: str, reason: str) -> None:
    assert refusal_of(a_message(to=to)) == reason


def test_an_international_domain_goes_out_in_its_ascii_form() -> None:
    wire = compose(a_message(to="ann@bücher.example"), NOW)

    assert wire.recipient == "ann@xn--bcher-kva.example"
    assert b"\r\nTo: ann@xn--bcher-kva.example\r\n" in wire.raw


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (a_message(sender="Nord"), "bad_sender"),
        (a_message(reply_to="nobody"), "bad_reply_to"),
        (a_message(message_id="no-brackets@x"), "bad_message_id"),
        (a_message(message_id="<a@b>\r\nBcc: c@d.example"), "bad_message_id"),
        (a_message(feedback_id="a b"), "bad_feedback_id"),
        (a_message(locale="en\r\nBcc: x"), "bad_locale"),
    ],
)
def test_fields_of_our_own_are_checked_as_well(message: Message, reason: str) -> None:
    assert refusal_of(message) == reason


def test_long_lines_and_bare_line_ends_do_not_reach_the_wire() -> None:
    raw = raw_of(a_message(html="x" * 5000, text="a\nb\rc\r\nd\x00e"))

    assert max(map(len, raw.split(b"\r\n"))) <= 78
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\x00" not in raw


NAMES = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=200)


@given(subject=NAMES)
def test_any_subject_is_read_back_as_it_was_written(subject: str) -> None:
    raw = raw_of(a_message(subject=subject))

    for word in ENCODED_WORD.findall(head_of(raw)):
        assert len(word) <= 75
        word_alone = parsed(b"Subject: " + word + b"\r\n\r\n")["Subject"]
        assert "\ufffd" not in word_alone or "\ufffd" in subject
    assert max(map(len, head_of(raw).split(b"\r\n"))) <= MAX_LINE
    assert read_back(raw, "Subject") == subject


@given(name=NAMES)
def test_any_name_leaves_the_address_beside_it_alone(name: str) -> None:
    raw = raw_of(a_message(to_name=name))

    assert parsed(raw)["To"].addresses[0].addr_spec == "ann@customer.example"
    assert len(parsed(raw)["To"].addresses) == 1


def read_back(raw: bytes, name: str) -> str:
    from email.header import decode_header, make_header

    compat = message_from_bytes(raw, policy=policy.compat32)
    return str(make_header(decode_header(re.sub(r"\r\n ", " ", str(compat[name])))))


def test_a_family_emoji_is_not_split_between_two_encoded_words() -> None:
    family = "👨\u200d👩\u200d👧"
    words = ENCODED_WORD.findall(head_of(raw_of(a_message(subject="é" * 15 + family + "é" * 20))))

    assert len(words) > 1
    texts = [read_back(b"Subject: " + word + b"\r\n\r\n", "Subject") for word in words]
    assert [family in text for text in texts].count(True) == 1
