"""Random trees, customers and pasts, made of the registries: a new field is drawn without a word here."""

from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from plugin.core.events import ConsentState
from plugin.core.segments.conditions import (
    All,
    Anniversary,
    Any_,
    Calendar,
    Condition,
    Event,
    Filter,
    InSegment,
    Not,
    Tree,
)
from plugin.core.segments.events import FAMILIES
from plugin.core.segments.facts import CustomerFacts, LineFact, MessageFact, OrderFact, Past
from plugin.core.segments.fields import FIELDS, Field, FieldType
from plugin.core.segments.operators import OPERATORS, One, Operator, Wanted
from plugin.core.segments.spans import Span, Unit
from tests.builders import DAY, HOUR, NOW

TICK = timedelta.resolution
WORDS = ["DE", "fr", "tea", "Tea pot", 'a "quoted" \\ word', "یلدا", "Áo dài", "in", "%", "_"]
NUMBERS = [0, 1, 2, 3, 5, 40, 500, 2**31]
DISTANCES = [1, 7, 30, 60, 90, 180, 365]
MOMENTS = st.builds(
    lambda days, shift, late: NOW + late * (days * DAY) + shift,
    st.sampled_from([0, *DISTANCES, 400, 1500]),
    st.sampled_from([-TICK, timedelta(0), TICK, HOUR, -5 * HOUR]),
    st.sampled_from([-1, -1, -1, 1]),
)
DATES = st.dates(date(2023, 1, 1), date(2028, 12, 31))
BIRTHDAYS = st.dates(date(1940, 1, 1), date(2020, 12, 31)) | st.just(date(1996, 2, 29))
SPANS = st.sampled_from(
    [Span(count=count) for count in DISTANCES]
    + [
        Span(count=1, unit=Unit.HOURS),
        Span(count=5, unit=Unit.HOURS),
        Span(count=2, unit=Unit.WEEKS),
        Span(count=1, unit=Unit.MONTHS),
        Span(count=1, unit=Unit.YEARS),
    ]
)
_NOW_TOO = SPANS | st.just(Span(count=0))


def ones(field: Field) -> st.SearchStrategy[Any]:
    """Values that a question about the field may be compared with."""
    match field.type:
        case FieldType.PERCENT:
            return st.integers(0, 100)
        case FieldType.DECIMAL:
            return st.sampled_from([0.5, 1.0, 1.25, 12.0])
        case FieldType.MOMENT | FieldType.DATE:
            return DATES
        case FieldType.FLAG:
            return st.booleans()
        case FieldType.CHOICE:
            return st.sampled_from(field.choices)
        case FieldType.TEXT | FieldType.TAGS:
            return st.sampled_from(WORDS)
        case _:
            return st.sampled_from(NUMBERS)


@st.composite
def questions(draw: st.DrawFn, field: Field) -> tuple[Operator, Wanted]:
    operator = draw(st.sampled_from(sorted(OPERATORS[field.type])))
    one: st.SearchStrategy[One] = ones(field)
    value: Wanted
    match operator:
        case Operator.IS_KNOWN | Operator.IS_UNKNOWN:
            value = None
        case Operator.WITHIN | Operator.WITHIN_NEXT:
            value = draw(SPANS)
        case Operator.BEFORE_AGO | Operator.AFTER_NEXT:
            value = draw(_NOW_TOO)
        case Operator.BETWEEN:
            value = tuple(sorted((draw(one), draw(one))))
        case Operator.ONE_OF | Operator.NONE_OF | Operator.HAS_ANY | Operator.HAS_ALL:
            value = tuple(draw(st.lists(one, min_size=1, max_size=3)))
        case _:
            value = draw(one)
    return operator, value


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    field = draw(st.sampled_from(list(FIELDS.values())))
    operator, value = draw(questions(field))
    return Condition(field=field.id, operator=operator, value=value)


@st.composite
def events(draw: st.DrawFn) -> Event:
    family = draw(st.sampled_from(list(FAMILIES.values())))
    filters = []
    for field in draw(st.lists(st.sampled_from(list(family.fields.values())), max_size=3)):
        operator, value = draw(questions(field))
        filters.append(Filter(field=field.id, operator=operator, value=value))
    return Event(
        family=family.id,
        filters=tuple(filters),
        measure=draw(st.sampled_from(list(family.measures))),
        operator=draw(st.sampled_from([Operator.AT_LEAST, Operator.EQ, Operator.AT_MOST])),
        number=draw(st.sampled_from([0, 1, 2, 3, 5000])),
    )


@st.composite
def anniversaries(draw: st.DrawFn) -> Anniversary:
    days = [field.id for field in FIELDS.values() if field.type in {FieldType.MOMENT, FieldType.DATE}]
    end = draw(st.sampled_from([0, 1, 7, 30, 366]))
    return Anniversary(
        field=draw(st.sampled_from([*days, "birthday", "birthday"])),
        calendar=draw(st.sampled_from(Calendar)),
        start=draw(st.sampled_from([0, end])),
        end=end,
    )


def _wider(parts: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    several = st.lists(parts, max_size=3).map(tuple)
    return st.one_of(
        several.map(lambda some: All(parts=some)),
        several.map(lambda some: Any_(parts=some)),
        parts.map(lambda part: Not(part=part)),
    )


leaves: st.SearchStrategy[Tree] = st.one_of(conditions(), conditions(), events(), anniversaries())
trees: st.SearchStrategy[Tree] = st.recursive(leaves, _wider, max_leaves=8)
open_trees: st.SearchStrategy[Tree] = st.recursive(
    leaves | st.sampled_from(WORDS).map(lambda word: InSegment(segment_id=word)), _wider, max_leaves=8
)


def _facts_of(field: Field) -> st.SearchStrategy[Any]:
    match field.type:
        case FieldType.MOMENT:
            return st.none() | MOMENTS
        case FieldType.DATE:
            return st.none() | BIRTHDAYS
        case FieldType.TAGS:
            return st.frozensets(st.sampled_from([word.casefold() for word in WORDS]), max_size=3)
        case FieldType.TEXT:
            return st.none() | st.sampled_from(WORDS)
        case FieldType.CHOICE:
            return st.sampled_from(field.choices)
        case FieldType.DECIMAL:
            return st.none() | st.sampled_from([0.0, 1.25, 12.0])
        case FieldType.FLAG:
            return st.booleans()
        case FieldType.PERCENT:
            return st.integers(0, 100)
        case _:
            return st.sampled_from(NUMBERS)


customers: st.SearchStrategy[CustomerFacts] = st.builds(
    CustomerFacts,
    customer_id=st.integers(1, 9),
    consent_sms=st.none() | st.sampled_from(ConsentState),
    **{
        field.column: _facts_of(field)
        for field in FIELDS.values()
        if field.column not in {"bucket", "consent_sms"}
    },
    bucket=st.integers(0, 999),
)
_order_ids = st.integers(1, 4)
pasts: st.SearchStrategy[Past] = st.builds(
    Past,
    lines=st.lists(
        st.builds(
            LineFact,
            at=MOMENTS,
            order_id=_order_ids,
            product_id=st.none() | st.integers(1, 3),
            variant_id=st.none() | st.integers(1, 3),
            product_type=st.none() | st.sampled_from(WORDS),
            title=st.sampled_from(WORDS),
            quantity=st.integers(1, 3),
            total_minor=st.sampled_from([0, 2500, 5000]),
        ),
        max_size=4,
    ).map(tuple),
    orders=st.lists(
        st.builds(
            OrderFact,
            at=MOMENTS,
            order_id=_order_ids,
            net_minor=st.sampled_from([0, 2500, 5000]),
            channel=st.none() | st.sampled_from(WORDS),
            codes=st.lists(st.sampled_from(WORDS), max_size=2).map(tuple),
            is_first=st.booleans(),
            hour=st.integers(0, 23),
        ),
        max_size=3,
    ).map(tuple),
    messages=st.lists(
        st.builds(MessageFact, at=MOMENTS, flow_id=st.sampled_from(WORDS), channel=st.just("email")),
        max_size=3,
    ).map(tuple),
)
instants: st.SearchStrategy[datetime] = st.sampled_from(
    [NOW, NOW + 3 * HOUR, NOW - 200 * DAY, NOW + 99 * DAY]
)
