"""Segments inside segments: put in their place, or refused with the way that leads nowhere."""

import pytest

from plugin.core.segments.compile import compile_tree
from plugin.core.segments.conditions import InSegment, Tree, leaves_of
from plugin.core.segments.errors import InvalidConditionError
from plugin.core.segments.facts import NO_PAST
from plugin.core.segments.parse import parse
from plugin.core.segments.print import to_text
from plugin.core.segments.resolve import CyclicSegmentError, MissingSegmentError, resolve
from tests.builders import NOW, UTC_ZONE, some_facts


def trees(**texts: str) -> dict[str, Tree]:
    return {name: parse(text, currency="EUR") for name, text in texts.items()}


def resolved(text: str, **texts: str) -> str:
    return to_text(resolve(parse(text, currency="EUR"), trees(**texts)), currency="EUR")


def test_a_segment_gives_way_to_its_definition_to_the_end() -> None:
    text = resolved(
        'in segment "vip" AND NOT in segment "asleep"',
        vip='spent >= 500 AND in segment "mail"',
        asleep='last_order before 90 days ago OR in segment "lost"',
        mail="can_email",
        lost="stage = lost",
    )
    assert text == ("spent >= 500 AND can_email AND NOT (last_order before 90 days ago OR stage = lost)")


def test_what_names_no_segment_stays_as_it_is() -> None:
    tree = parse("orders >= 2 OR can_email", currency="EUR")
    assert resolve(tree, {}) == tree


def test_a_segment_may_be_asked_for_in_two_places() -> None:
    assert resolved("in segment a AND in segment b", a="in segment c", b="in segment c", c="can_email") == (
        "can_email AND can_email"
    )


def test_a_missing_segment_is_named_with_the_way_to_it() -> None:
    with pytest.raises(MissingSegmentError, match=r"there is no segment “vpi”$") as refused:
        resolved("in segment vpi", vip="can_email")
    assert refused.value.suggestion == "vip"
    with pytest.raises(MissingSegmentError, match=r"no segment “gone” \(asked for by vip → best → gone\)"):
        resolved("in segment vip", vip="in segment best", best="NOT in segment gone")


@pytest.mark.parametrize(
    ("texts", "way"),
    [
        ({"a": "in segment a"}, "a → a"),
        ({"a": "in segment b", "b": "can_email OR in segment a"}, "a → b → a"),
        ({"a": "in segment b", "b": "in segment c", "c": "NOT in segment b"}, "b → c → b"),
    ],
)
def test_a_cycle_is_named_with_its_way_round(texts: dict[str, str], way: str) -> None:
    with pytest.raises(CyclicSegmentError) as refused:
        resolved("in segment a", **texts)
    assert str(refused.value).endswith(way)


def test_a_chain_of_a_thousand_segments_is_followed() -> None:
    texts = {f"s{number}": f"in segment s{number + 1}" for number in range(1000)}
    assert resolved("in segment s0", **texts, s1000="can_email") == "can_email"
    with pytest.raises(CyclicSegmentError, match=r"s0 → s1 → .* → … → s0"):
        resolved("in segment s0", **texts, s1000="in segment s0")


def test_segments_that_double_each_other_are_refused_before_they_are_built() -> None:
    texts = {
        f"s{number}": f"in segment s{number + 1} OR NOT in segment s{number + 1}" for number in range(60)
    }
    with pytest.raises(InvalidConditionError, match="500 conditions and 40 levels"):
        resolved("in segment s0", **texts, s60="can_email")


def test_a_resolved_segment_can_be_asked() -> None:
    tree = resolve(parse('NOT in segment "mail"', currency="EUR"), trees(mail="can_email"))
    assert not any(isinstance(leaf, InSegment) for leaf in leaves_of(tree))
    assert compile_tree(tree, UTC_ZONE).holds(some_facts(is_mailable=True), NO_PAST, NOW) is False
