"""What no message may do, whatever a shop or a customer has typed."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2.exceptions import SecurityError

from plugin.channels.mime import compose
from plugin.rendering.context import MAX_LINES
from plugin.rendering.errors import (
    IncompleteContextError,
    IncompleteSenderError,
    OversizedMessageError,
    UnknownTemplateError,
    UnsafeLinkError,
)
from plugin.rendering.localisation import LANGUAGES, RIGHT_TO_LEFT, localisation
from plugin.rendering.markup import TemplateLostError, html_template
from plugin.rendering.render import MAX_HTML, Renderer
from tests.channels.builders import NOW, a_message
from tests.rendering.builders import a_checkout, a_context, a_reward, a_shop
from tests.rendering.page import Page

RENDERER = Renderer()
EVERY_MESSAGE = [(flow, step, tag) for flow, step in RENDERER.steps() for tag in (*LANGUAGES, "ar-EG")]
ISOLATES = re.compile("[\u2066-\u2069]")


@pytest.mark.parametrize(("flow", "step", "tag"), EVERY_MESSAGE)
def test_every_message_names_the_shop_its_address_the_reason_and_the_way_out(
    flow: str, step: str, tag: str
) -> None:
    message = RENDERER.render(flow, step, a_context(), tag)
    page = Page(message.html)

    assert "https://app.example/u/AbC123" in page.links
    for words in (page.text, message.text):
        assert "Café Nord AS, 1 Main Street, 0150 Oslo" in words
    assert "https://app.example/u/AbC123" in message.text.splitlines()
    assert "Café Nord" in message.subject


@pytest.mark.parametrize(("flow", "step", "tag"), EVERY_MESSAGE)
def test_the_text_part_holds_every_link_of_the_html_alone_on_its_line(flow: str, step: str, tag: str) -> None:
    message = RENDERER.render(flow, step, a_context(), tag)

    assert Page(message.html).links == {
        line for line in message.text.splitlines() if line.startswith("https://")
    }
    assert all(line.startswith("https://") for line in message.text.splitlines() if "://" in line)


@pytest.mark.parametrize(("flow", "step", "tag"), EVERY_MESSAGE)
def test_the_text_part_says_every_sentence_of_the_html(flow: str, step: str, tag: str) -> None:
    message = RENDERER.render(flow, step, a_context(), tag)
    said = " ".join(ISOLATES.sub("", message.text).split())
    cells = re.findall(r'<td[^>]*class="(?:words|small)"[^>]*><div[^>]*>(.*?)</div>', message.html, re.DOTALL)

    assert len(cells) >= 5
    for cell in cells:
        sentence = " ".join(re.sub(r"<a .*?</a>|<[^>]+>", " ", cell).split())
        for part in re.split(r"(?<=[.،,:]) ", sentence):
            assert re.sub(r"\s+([،.,:])", r"\1", part) in said


@pytest.mark.parametrize(("flow", "step", "tag"), EVERY_MESSAGE)
def test_html_is_small_and_holds_nothing_that_acts_or_loads(flow: str, step: str, tag: str) -> None:
    message = RENDERER.render(flow, step, a_context(), tag)
    page = Page(message.html)

    assert len(message.html.encode()) <= MAX_HTML
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "form", "iframe", "img", "link", "object"})
    assert "url(" not in message.html
    assert "@import" not in message.html
    assert re.search(r"margin-inline|padding-inline|display:\s*(flex|grid)", message.html) is None
    assert ("meta", {"name": "color-scheme", "content": "light dark"}) in page.tags
    assert "{{" not in message.html
    assert "{%" not in message.html
    assert "Jinja" not in message.html


@pytest.mark.parametrize(("flow", "step", "tag"), EVERY_MESSAGE)
def test_direction_stands_on_the_document_and_on_every_table_and_cell(flow: str, step: str, tag: str) -> None:
    message = RENDERER.render(flow, step, a_context(), tag)
    direction = "rtl" if message.locale in RIGHT_TO_LEFT else "ltr"
    page = Page(message.html)
    placed = [attrs for tag, attrs in page.tags if tag in {"html", "table", "td", "th"}]

    assert {attrs.get("dir") for attrs in placed} == {direction}
    assert {attrs["lang"] for tag, attrs in page.tags if tag == "html"} == {message.locale}
    cells = [attrs for tag, attrs in page.tags if tag == "td" and attrs.get("class") in {"words", "small"}]
    side = "right" if direction == "rtl" else "left"
    assert {attrs["align"] for attrs in cells} == {side}
    assert all(f"direction:{direction};text-align:{side};" in str(attrs["style"]) for attrs in cells)


@pytest.mark.parametrize(("flow", "step", "tag"), EVERY_MESSAGE)
def test_every_message_makes_sound_bytes(flow: str, step: str, tag: str) -> None:
    rendered = RENDERER.render(flow, step, a_context(first_name="Nguyễn Thị Ánh"), tag)
    raw = compose(
        a_message(subject=rendered.subject, html=rendered.html, text=rendered.text, locale=rendered.locale),
        NOW,
    ).raw

    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 78
    assert all(len(word) <= 75 for word in re.findall(rb"=\?[^?]+\?b\?[^?]*\?=", raw))


HOSTILE = [
    "{{7*7}}",
    "{% for i in range(9) %}x{% endfor %}",
    "{{ unsubscribe_url }}",
    "{# gone #}",
    "[[ dir ]]",
    "[% include '_shared/reason.txt' %]",
    "%(shop)s",
    "%s %d %",
    "{0.__class__}",
    "<!--JinjaTag0-->",
    "JinjaValue0End",
]


@pytest.mark.parametrize("typed", HOSTILE)
def test_what_a_person_typed_is_shown_as_typed_and_never_read_as_a_template(typed: str) -> None:
    message = RENDERER.render(
        "abandoned_checkout",
        "reminder_1",
        a_context(first_name=typed, shop=a_shop(name=typed), checkout=a_checkout(typed)),
        "en",
    )

    assert message.subject == f"You left something at {typed}"
    assert message.text.count(typed) >= 4
    assert Page(message.html).text.count(typed) >= 4


def test_markup_in_a_name_is_words_not_markup() -> None:
    typed = '<img src=x onerror="alert(1)"></a><script>'
    message = RENDERER.render("abandoned_checkout", "reminder_1", a_context(first_name=typed), "en")

    assert {"img", "script"}.isdisjoint({tag for tag, _ in Page(message.html).tags})
    assert f"Hello {typed}," in message.text


def test_line_breaks_and_direction_tricks_in_a_name_are_taken_out() -> None:
    typed = "Ann\r\nBcc: x@y.example\u202e\u2067\u200f\x00"
    message = RENDERER.render(
        "abandoned_checkout", "reminder_1", a_context(first_name=typed, shop=a_shop(name=typed)), "en"
    )

    assert message.subject == "You left something at Ann Bcc: x@y.example"
    assert "Hello Ann Bcc: x@y.example," in message.text
    assert "\u202e" not in message.html


def test_a_persian_name_keeps_the_joiner_it_is_spelt_with() -> None:
    message = RENDERER.render("abandoned_checkout", "reminder_1", a_context(first_name="نیلو\u200cفر"), "fa")

    assert "نیلو\u200cفر" in message.text


@settings(max_examples=60, deadline=None)
@given(
    name=st.text(max_size=80), title=st.text(max_size=200), tag=st.sampled_from(["en", "ar-EG", "fa", "vi"])
)
def test_no_text_of_a_customer_breaks_a_message_or_its_bytes(name: str, title: str, tag: str) -> None:
    context = a_context(first_name=name, checkout=a_checkout(title, "mug"))
    message = RENDERER.render("abandoned_checkout", "reminder_1", context, tag)
    raw = compose(a_message(subject=message.subject, html=message.html, text=message.text), NOW).raw

    assert "\n" not in message.subject
    assert len(Page(message.html).links) == 2
    assert ISOLATES.sub("", message.text).count("\u202e") == 0
    opened, closed = len(re.findall("[\u2066-\u2068]", message.text)), message.text.count("\u2069")
    assert opened == closed
    assert raw.endswith(b"--\r\n")


def test_a_person_without_a_name_is_greeted_without_one() -> None:
    for name in (None, "", " \u200e "):
        message = RENDERER.render("win_back", "still_here", a_context(first_name=name), "en")
        assert message.text.startswith("Hello,\n")


def test_a_long_checkout_shows_some_lines_and_counts_the_rest() -> None:
    titles = [f"Thing {number}" for number in range(1, MAX_LINES + 4)]
    message = RENDERER.render(
        "abandoned_checkout", "reminder_1", a_context(checkout=a_checkout(*titles)), "en"
    )

    assert f"Thing {MAX_LINES}" in message.text
    assert f"Thing {MAX_LINES + 1}" not in message.text
    assert "and 3 more items" in message.text
    assert "and 3 more items" in Page(message.html).text


@pytest.mark.parametrize(
    ("reward", "sentence"),
    [
        (a_reward(percent=15), "15% off one order."),
        (a_reward(value_minor=500), "€5.00 off one order."),
        (a_reward(percent=15, expires_at=None), "It is for you only and can be used once."),
        (a_reward(percent=15, points_spent=1, points_left=0), "It took 1 point. You have 0 points left."),
    ],
)
def test_a_reward_says_what_it_is_worth_and_how_long(reward: object, sentence: str) -> None:
    context = replace(a_context(), reward=reward)  # type: ignore[arg-type]  # a RewardContext
    message = RENDERER.render("loyalty_reward", "reward", context, "en")

    assert sentence in message.text
    assert sentence in Page(message.html).text
    assert "REG-AB2C-DE3F-GH4J" in message.text.splitlines()


def test_a_reward_is_worth_an_amount_or_a_share_never_both() -> None:
    with pytest.raises(ValueError, match="exactly one"):
        a_reward(percent=10, value_minor=500)


@pytest.mark.parametrize("address", [" ", "\n\n", "\u200e"])
def test_a_shop_without_a_postal_address_cannot_send(address: str) -> None:
    context = a_context(shop=a_shop(address=address))

    with pytest.raises(IncompleteSenderError, match="postal address") as refused:
        RENDERER.render("win_back", "still_here", context, "en")
    assert refused.value.reason == "sender_incomplete"


def test_a_shop_without_a_name_cannot_send() -> None:
    with pytest.raises(IncompleteSenderError, match="name"):
        RENDERER.render("win_back", "still_here", a_context(shop=a_shop(name="\x00")), "en")


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "http://nord.example/",
        "//nord.example/",
        "https://",
        'https://nord.example/"onclick="x',
        "https://nord.example/\nBcc:x",
        "https://nord.example/<b>",
        "",
    ],
)
def test_a_link_that_is_no_plain_https_address_is_refused(link: str) -> None:
    with pytest.raises(UnsafeLinkError):
        RENDERER.render("abandoned_checkout", "reminder_1", a_context(checkout=a_checkout(url=link)), "en")
    with pytest.raises(UnsafeLinkError):
        RENDERER.render("win_back", "still_here", a_context(unsubscribe_url=link), "en")


def test_the_demo_may_link_to_this_machine() -> None:
    link = "http://127.0.0.1:8000/u/t"
    message = RENDERER.render("win_back", "still_here", a_context(unsubscribe_url=link), "en")

    assert link in message.text.splitlines()


def test_facts_that_a_flow_needs_and_has_not_got_are_named() -> None:
    context = replace(a_context(), checkout=None)

    with pytest.raises(IncompleteContextError, match="checkout"):
        RENDERER.render("abandoned_checkout", "reminder_1", context, "en")


def test_a_step_without_a_template_is_named() -> None:
    with pytest.raises(UnknownTemplateError, match="win_back/farewell"):
        RENDERER.render("win_back", "farewell", a_context(), "en")


@pytest.mark.parametrize(
    "attack", ["shop.__class__.__mro__", "shop.__init__.__globals__", "shop.update(name='x')"]
)
def test_a_template_sees_values_and_nothing_else(tmp_path: Path, attack: str) -> None:
    renderer = _renderer_with(tmp_path, "{{ " + attack + " }}")

    with pytest.raises((SecurityError, IncompleteContextError)):
        renderer.render("flow", "step", a_context(), "en")


def test_output_without_end_is_stopped(tmp_path: Path) -> None:
    endless = "{% for a in shop.name %}{% for b in shop.name %}{% for c in shop.name %}" + "x" * 400
    renderer = _renderer_with(tmp_path, endless + "{% endfor %}{% endfor %}{% endfor %}")

    with pytest.raises(OversizedMessageError):
        renderer.render("flow", "step", a_context(), "en")


def test_a_control_tag_that_mjml_would_lose_stops_the_template() -> None:
    mjml = '<mjml><mj-body><mj-section background-color="{% if x %}red{% endif %}"></mj-section></mj-body></mjml>'

    with pytest.raises(TemplateLostError):
        html_template(mjml, localisation("en"))


def _renderer_with(folder: Path, text: str) -> Renderer:
    place = folder / "flow" / "step"
    place.mkdir(parents=True)
    (place / "subject.txt").write_text("Subject")
    (place / "body.mjml").write_text("<mjml><mj-body></mj-body></mjml>")
    (place / "body.txt").write_text(text)
    return Renderer(folder)
