"""Rows and trees of the segment builder: each made of the other, and half-finished forms kept as they were typed."""

import re
from gettext import NullTranslations

import pytest

from admin_ui import segment_words
from admin_ui.segment_draft import Draft, Entry, add, change, narrowed, read, remove, without_part
from admin_ui.segment_faults import FAULTS, replaced, text_fault
from admin_ui.segment_inputs import Inputs
from admin_ui.segment_query import NestedError, asked, drafted, texted
from admin_ui.segment_rows import Rows
from admin_ui.segment_starters import STARTERS
from admin_ui.segment_views import Drawing
from plugin.core.segments.conditions import All, Any_, Not, tidy
from plugin.core.segments.defaults import SEGMENTS
from plugin.core.segments.errors import SegmentSyntaxError
from plugin.core.segments.events import FAMILIES
from plugin.core.segments.fields import FIELDS
from plugin.core.segments.parse import parse
from tests.conformance.sources import ROOT

EXAMPLES = (
    *(field.example for field in FIELDS.values()),
    *(field.example for family in FAMILIES.values() for field in family.fields.values()),
    *(segment.text for segment in SEGMENTS if segment.id != "bought_once_overdue"),
    *STARTERS.values(),
    "everyone",
    "NOT NOT can_email",
    "(orders = 1 OR points >= 5) AND can_email",
    '(orders = 1 OR NOT points >= 5) AND (can_email OR stage = new) AND NOT country = "DE"',
    "in segment at_risk AND NOT in segment lapsed",
    "NOT in segment lapsed",
    "orders >= 2 AND spent >= 120.50 AND NOT stage in (lapsed, lost)",
    "orders >= 2 AND stage = new OR orders = 0 AND created within 3 weeks",
    '(orders = 1 OR points >= 500) AND NOT can_email AND NOT country in ("DE", "AT")',
    'quantity(bought(title contains "tea", within 1 year)) >= 3',
    'value(ordered(channel in ("pos", "web"), before 90 days ago)) > 50.25',
    'received(flow = "win_back") = 0 OR NOT received(within 14 days) OR points is known',
    "anniversary(first_order, jalali) within next 14 days AND birthday today",
    "created between 2026-01-31 and 2026-02-28 AND gap_days between 10 and 30",
    'tags has all of ("vip", "press, radio")',
    "next_order_until before now AND next_order_from after 2 weeks from now",
)


def rows_in(language: str = "en") -> Rows:
    return Rows(inputs=Inputs(words=NullTranslations(), language=language, currency="EUR"))


@pytest.mark.parametrize("text", EXAMPLES)
@pytest.mark.parametrize("language", ["en", "fa"])
def test_a_query_shown_in_rows_is_the_same_query(text: str, language: str) -> None:
    tree, rows = parse(text, currency="EUR"), rows_in(language)
    draft = drafted(tree, rows, Draft())
    answer = asked(draft, rows, "EUR")
    assert answer.faults == {}
    assert answer.tree is not None
    again = asked(drafted(answer.tree, rows, Draft()), rows, "EUR")
    assert again.tree == answer.tree
    assert sorted(map(repr, _parts(answer.tree))) == sorted(map(repr, _parts(tidy(tree))))


def _parts(tree: object) -> list[object]:
    """What must hold, as questions that nobody says twice: "not (a or b)" is "not a" and "not b"."""
    match tree:
        case All():
            return [part for each in tree.parts for part in _parts(each)]
        case Not(part=Any_(parts=parts)):
            return [found for part in parts for found in _parts(Not(part=part))]
    return [tree]


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_row_is_drawn_with_the_inputs_it_is_read_from(text: str) -> None:
    rows = rows_in()
    drawing = Drawing(inputs=rows.inputs, segments={"at_risk": "At risk", "lapsed": "Lapsed"})
    for entry in drafted(parse(text, currency="EUR"), rows, Draft()).entries:
        view = drawing.view(entry)
        assert view.help
        drawn = {each.name for each in view.inputs}
        drawn |= {f"{part.id}.{each.name}" for part in view.filters for each in part.inputs}
        kept = {name for name in entry.inputs if name != "f" and not name.endswith((".field", ".operator"))}
        assert kept - {"negated"} <= drawn
        assert view.operator in {id_ for id_, _ in view.operators} | {""}


@pytest.mark.parametrize(
    "text",
    [
        "(orders = 1 OR points >= 5 AND can_email) AND stage = new",
        "NOT (orders = 1 AND can_email)",
        "nobody",
    ],
)
def test_what_is_nested_deeper_than_groups_stays_text(text: str) -> None:
    tree = parse(text, currency="EUR")
    with pytest.raises(NestedError):
        drafted(tree, rows_in(), Draft())
    assert parse(texted(tree, Draft(), "EUR").text, currency="EUR") == tidy(tree)


def sent(*pairs: tuple[str, str]) -> Draft:
    return read(pairs)


def test_a_form_comes_back_as_it_was_typed() -> None:
    draft = sent(
        ("name", "Best"),
        ("version", "3"),
        ("row", "0.r1"),
        ("r1.field", "stage"),
        ("r1.operator", "one_of"),
        ("r1.several", "new"),
        ("r1.several", "active"),
        ("row", "x.r12"),
        ("r12.field", "orders"),
        ("r12.value", "many"),
    )
    assert draft.name == "Best"
    assert draft.version == 3
    assert draft.groups == (
        (Entry(id="r1", field="stage", operator="one_of", inputs={"several": ("new", "active")}),),
    )
    assert draft.excluded == (Entry(id="r12", field="orders", inputs={"value": ("many",)}),)


def test_each_faulty_row_says_what_is_wrong_with_it() -> None:
    draft = sent(
        ("row", "0.r1"),
        ("r1.field", "orders"),
        ("r1.value", "many"),
        ("row", "0.r2"),
        ("r2.field", "points"),
        ("r2.value", "5"),
        ("row", "1.r3"),
        ("r3.field", "stage"),
        ("row", "1.r4"),
        ("r4.field", "unheard"),
        ("row", "1.r5"),
        ("r5.field", "last_order"),
        ("r5.operator", "within"),
        ("r5.count", "999999"),
    )
    answer = asked(draft, rows_in(), "EUR")
    assert answer.tree is None
    assert {row_id: error.code for row_id, error in answer.faults.items()} == {
        "r1": "wrong_value",
        "r3": "empty",
        "r4": "unknown_field",
        "r5": "absurd_window",
    }


@pytest.mark.parametrize(
    ("typed", "language", "query"),
    [
        (("spent", "at_least", "value", "1,200.50"), "en", "spent >= 1200.50"),
        (("orders", "at_least", "value", "۱۲"), "fa", "orders >= 12"),
        (("created", "at_least", "value", "1405-08-30"), "fa", "created since 2026-11-21"),
        (("created", "at_least", "value", "۱۴۰۵/۸/۳۰"), "fa", "created since 2026-11-21"),
        (("country", "one_of", "value", "VN، FR"), "ar", 'country in ("VN", "FR")'),
        (("tags", "has_any", "value", 'a, "b, c"'), "en", 'tags has any of ("a", "b, c")'),
    ],
)
def test_what_is_typed_is_read_as_people_write_it(
    typed: tuple[str, str, str, str], language: str, query: str
) -> None:
    field, operator, name, value = typed
    draft = sent(("row", "0.r1"), ("r1.field", field), ("r1.operator", operator), (f"r1.{name}", value))
    assert asked(draft, rows_in(language), "EUR").tree == parse(query, currency="EUR")


def test_rows_are_added_where_they_belong_and_taken_away_with_their_group() -> None:
    draft, first = add(Draft(), "new", "orders")
    draft, second = add(draft, "0", "points")
    draft, third = add(draft, "new", "spent")
    draft, out = add(draft, "x", "stage")
    assert [[entry.id for entry in group] for group in draft.groups] == [[first, second], [third]]
    assert [entry.id for entry in draft.excluded] == [out]
    draft, nearest = remove(draft, third)
    assert nearest == second
    assert len(draft.groups) == 1
    draft = change(draft, second, Entry(id=second, field="birthday"))
    assert [entry.field for entry in draft.entries] == ["orders", "birthday", "stage"]


def test_parts_of_an_event_come_and_go() -> None:
    entry, first = narrowed(Entry(id="r1", field="bought"))
    entry, second = narrowed(entry)
    assert entry.inputs["f"] == (first, second)
    typed = Entry(
        id="r1",
        field="bought",
        inputs={"f": (first, second), f"{first}.field": ("title",), f"{first}.value": ("tea",)},
    )
    assert without_part(typed, first, keep_name=True).inputs == {
        "f": (first, second),
        f"{first}.field": ("title",),
    }
    assert without_part(typed, first).inputs == {"f": (second,)}


def test_every_field_operator_and_part_has_its_words() -> None:
    grouped = [field for _, fields in segment_words.FIELD_GROUPS for field in fields]
    assert sorted(grouped) == sorted(FIELDS) == sorted(segment_words.FIELDS) == sorted(segment_words.HELPS)
    assert set(segment_words.FAMILIES) == set(segment_words.FAMILY_HELPS) == set(FAMILIES)
    parts = {part for family in FAMILIES.values() for part in family.fields}
    assert parts == set(segment_words.FAMILY_FIELDS)
    assert set(segment_words.STARTERS) == set(segment_words.STARTER_TEXTS) == set(STARTERS)
    drawing = Drawing(inputs=rows_in().inputs, segments={})
    for field in FIELDS.values():
        assert drawing.inputs.operators(field), field.id
    offered = [id_ for _, options in drawing.menu() for id_, _ in options]
    assert sorted(offered) == sorted([*FIELDS, *FAMILIES, "anniversary", "segment"])


def test_every_kind_of_fault_has_a_sentence() -> None:
    sources = [*(ROOT / "plugin/core/segments").glob("*.py"), ROOT / "plugin/pipeline/define.py"]
    codes = {code for path in sources for code in re.findall(r'code="([a-z_]+)"', path.read_text("utf-8"))}
    assert len(codes) > 20
    assert sorted(codes - FAULTS.keys()) == []


@pytest.mark.parametrize(
    ("text", "place", "marked", "instead", "after"),
    [
        ("ordrs >= 2", (1, 1), "ordrs", "orders", "orders >= 2"),
        ('stage in ("nw", new)', (1, 11), '"nw"', "new", "stage in (new, new)"),
        (
            "orders >= 2\nAND lst_order today",
            (2, 5),
            "lst_order",
            "last_order",
            "orders >= 2\nAND last_order today",
        ),
        ("orders >=", (1, 10), "\N{NO-BREAK SPACE}", "2", "orders >=2"),
    ],
)
def test_the_word_at_fault_is_marked_and_replaced(
    text: str, place: tuple[int, int], marked: str, instead: str, after: str
) -> None:
    fault = text_fault(SegmentSyntaxError("x", *place, instead), text, NullTranslations())
    assert fault.marked == marked
    assert replaced(text, fault.place, instead) == after
    assert replaced(text, "9:1", instead) == text
    assert replaced(text, "", instead) == text
