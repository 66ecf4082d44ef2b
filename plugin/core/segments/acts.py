"""How much of a person's past answers to an event of a segment."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from plugin.core.segments.conditions import Event
from plugin.core.segments.events import AT
from plugin.core.segments.facts import Past
from plugin.core.segments.moments import Reach, reach_of
from plugin.core.segments.operators import Operator
from plugin.core.segments.questions import Question, question_of

_KNOWING = frozenset({Operator.IS_KNOWN, Operator.IS_UNKNOWN})


def measured(event: Event, zone: ZoneInfo) -> Callable[[Past, datetime], int]:
    """Purchases, messages, pieces or minor units, ready to be counted."""
    family, questions, reaches = event.definition, _questions(event, zone), _reaches(event, zone)
    measure, of = family.measures[event.measure], family.of

    def count(past: Past, now: datetime) -> int:
        bounds = [reach.bounds(now) for reach in reaches]
        return measure(
            act
            for act in of(past)
            if all(low <= act.at <= high for low, high in bounds)
            and all(asks(act, past, now) for asks in questions)
        )

    return count


def turns(event: Event, zone: ZoneInfo) -> Callable[[Past, datetime], list[datetime]] | None:
    """The instants after now at which an act that answers enters or leaves; None when time changes nothing."""
    moving = [reach for reach in _reaches(event, zone) if reach.is_moving]
    questions, of = _questions(event, zone), event.definition.of
    if not moving:
        return None

    def instants(past: Past, now: datetime) -> list[datetime]:
        acts = [act for act in of(past) if all(asks(act, past, now) for asks in questions)]
        return [at for act in acts for reach in moving for at in reach.turns(act.at, now)]

    return instants


def _questions(event: Event, zone: ZoneInfo) -> tuple[Question, ...]:
    fields = event.definition.fields
    return tuple(
        question_of(fields[each.field], each.operator, each.value, zone)
        for each in event.filters
        if each.field != AT or each.operator in _KNOWING
    )


def _reaches(event: Event, zone: ZoneInfo) -> tuple[Reach, ...]:
    return tuple(
        reach_of(each.operator, each.value, zone)
        for each in event.filters
        if each.field == AT and each.operator not in _KNOWING
    )
