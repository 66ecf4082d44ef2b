"""The inputs of a row: which ones a question needs, what they show, and the value they add up to."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from gettext import NullTranslations

from persiantools.jdatetime import JalaliDate

from admin_ui import names, segment_words
from plugin.core.segments.errors import InvalidConditionError
from plugin.core.segments.fields import Field, FieldType
from plugin.core.segments.operators import OPERATORS, One, Operator, Wanted
from plugin.core.segments.spans import Span, Unit
from plugin.core.segments.values import read_span, read_value, value_text

Raw = Mapping[str, tuple[str, ...]]

_DAYS = frozenset({FieldType.MOMENT, FieldType.DATE})
_WINDOWS = frozenset({Operator.WITHIN, Operator.BEFORE_AGO, Operator.WITHIN_NEXT, Operator.AFTER_NEXT})
_KNOWING = frozenset({Operator.IS_KNOWN, Operator.IS_UNKNOWN})
_SEVERAL = frozenset({Operator.ONE_OF, Operator.NONE_OF, Operator.HAS_ANY, Operator.HAS_ALL})
_JALALI_YEARS = range(1200, 1600)
_GROUPING = str.maketrans("", "", ",٬ \u00a0\u202f")
_LRI, _PDI = "\u2066", "\u2069"
"""Keep a day in its own direction inside a right-to-left sentence."""
_LONGEST = 4000  # characters of one input
_FIRST = {
    FieldType.NUMBER: Operator.AT_LEAST,
    FieldType.DECIMAL: Operator.AT_LEAST,
    FieldType.PERCENT: Operator.AT_LEAST,
    FieldType.MONEY: Operator.AT_LEAST,
    FieldType.MOMENT: Operator.WITHIN,
    FieldType.DATE: Operator.EQ,
    FieldType.CHOICE: Operator.ONE_OF,
    FieldType.TEXT: Operator.EQ,
    FieldType.TAGS: Operator.HAS_ANY,
    FieldType.FLAG: Operator.EQ,
}
_BEGINNINGS = {FieldType.NUMBER: ("1",), FieldType.DECIMAL: ("1",), FieldType.PERCENT: ("50",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One control of a row, as the template draws it."""

    name: str
    kind: str
    """`text`, `number`, `choice` or `several`."""
    label: str
    value: str = ""
    values: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    prefix: str = ""
    suffix: str = ""
    step: str = "1"
    details: str = ""
    placeholder: str = ""
    is_plain: bool = True
    """Its label is for those who do not see the row; the row's sentence names it for the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Makes inputs and reads them, in one language and currency."""

    words: NullTranslations
    language: str
    currency: str

    def operators(self, field: Field) -> list[tuple[str, str]]:
        """The questions of a field with their names, the likeliest first."""
        named = segment_words.DAY_OPERATORS if field.type in _DAYS else segment_words.OPERATORS
        possible = [
            operator
            for operator in map(Operator, named)
            if operator in OPERATORS.get(field.type, frozenset())
        ]
        return [(str(each), self.words.gettext(named[each])) for each in possible]

    def operator(self, field: Field, asked: str) -> Operator:
        """What was asked, where the field knows it; else what is asked of it most."""
        possible = OPERATORS[field.type]
        return Operator(asked) if asked in set(possible) else _FIRST[field.type]

    def of(self, field: Field, operator: Operator, raw: Raw) -> list[Input]:
        """The inputs of a question, filled with what was typed."""
        if operator in _KNOWING:
            return []
        if operator in _WINDOWS:
            return self._window(raw)
        label = self.words.gettext("Value")
        if operator is Operator.BETWEEN:
            low, high = self.words.gettext("From"), self.words.gettext("Until")
            return [self._one(field, "low", low, raw), self._one(field, "high", high, raw)]
        if operator in _SEVERAL and field.choices:
            return [
                Input(
                    name="several",
                    kind="several",
                    label=label,
                    values=raw.get("several", ()),
                    options=self.choices(field),
                )
            ]
        if operator in _SEVERAL:
            hint = self.words.gettext("Several values: put a comma between them.")
            return [Input(name="value", kind="text", label=label, value=_text(raw, "value"), details=hint)]
        return [self._one(field, "value", label, raw)]

    def read(self, field: Field, operator: Operator, raw: Raw) -> Wanted:
        """The value that was typed. Raises `InvalidConditionError` where none can be understood."""
        if operator in _KNOWING:
            return None
        if operator in _WINDOWS:
            return read_span(_digits(self._typed(raw, "count")), _text(raw, "unit") or Unit.DAYS)
        if operator is Operator.BETWEEN:
            return (
                self._value(field, self._typed(raw, "low")),
                self._value(field, self._typed(raw, "high")),
            )
        if operator in _SEVERAL and field.choices:
            chosen = raw.get("several", ())
            if not chosen:
                raise InvalidConditionError("nothing is chosen", code="empty", subject=field.id)
            return chosen
        if operator in _SEVERAL:
            return tuple(self._value(field, part) for part in _split(self._typed(raw, "value")))
        return self._value(field, self._typed(raw, "value"))

    def started(self, field: Field, operator: Operator, raw: Raw) -> dict[str, tuple[str, ...]]:
        """What was typed, and a first value where a question without one would be a riddle."""
        first: dict[str, tuple[str, ...]] = {}
        if operator in _WINDOWS:
            first = {"count": ("30",), "unit": (str(Unit.DAYS),)}
        elif operator not in _KNOWING | _SEVERAL and operator is not Operator.BETWEEN:
            first = {"value": _BEGINNINGS.get(field.type, ())}
        return {**first, **raw}

    def raw(self, field: Field, operator: Operator, value: Wanted) -> dict[str, tuple[str, ...]]:
        """What the inputs show for a value; the opposite of `read`."""
        if value is None:
            return {}
        if isinstance(value, Span):
            return {"count": (str(value.count),), "unit": (str(value.unit),)}
        if not isinstance(value, tuple):
            return {"value": (self._shown(field, value),)}
        if operator is Operator.BETWEEN:
            return {"low": (self._shown(field, value[0]),), "high": (self._shown(field, value[1]),)}
        if field.choices:
            return {"several": tuple(str(each) for each in value)}
        return {"value": (_joined([self._shown(field, each) for each in value]),)}

    def choices(self, field: Field) -> tuple[tuple[str, str], ...]:
        """The words of a closed list, named; none where the values are the world's."""
        if field.type is FieldType.FLAG:
            return tuple((id_, self.words.gettext(name)) for id_, name in segment_words.ANSWERS.items())
        values = field.choices or (tuple(names.FLOWS) if field.id == "flow" else ())
        return tuple((each, choice_name(field.id, each, self.words)) for each in values)

    def _window(self, raw: Raw) -> list[Input]:
        units = tuple((id_, self.words.gettext(name)) for id_, name in segment_words.UNITS.items())
        return [
            Input(
                name="count", kind="number", label=self.words.gettext("How many"), value=_text(raw, "count")
            ),
            Input(
                name="unit",
                kind="choice",
                label=self.words.gettext("Unit of time"),
                value=_text(raw, "unit") or Unit.DAYS,
                options=units,
            ),
        ]

    def _one(self, field: Field, name: str, label: str, raw: Raw) -> Input:
        value = _text(raw, name)
        options = self.choices(field)
        if options:
            chosen = value or options[0][0]
            return Input(name=name, kind="choice", label=label, value=chosen, options=options)
        match field.type:
            case FieldType.NUMBER:
                return Input(name=name, kind="number", label=label, value=value)
            case FieldType.PERCENT:
                return Input(name=name, kind="number", label=label, value=value, suffix="%")
            case FieldType.DECIMAL:
                return Input(name=name, kind="number", label=label, value=value, step="any")
            case FieldType.MONEY:
                return Input(
                    name=name, kind="number", label=label, value=value, step="any", suffix=self.currency
                )
            case FieldType.MOMENT | FieldType.DATE:
                shape = "1405-08-30" if self.language == "fa" else "2026-11-21"
                hint = self.words.gettext("Year, month and day, such as %(day)s") % {
                    "day": f"{_LRI}{shape}{_PDI}"
                }
                return Input(
                    name=name, kind="text", label=label, value=value, placeholder=shape, details=hint
                )
            case _:
                return Input(name=name, kind="text", label=label, value=value)

    def _typed(self, raw: Raw, name: str) -> str:
        text = _text(raw, name)
        if not text or len(text) > _LONGEST:
            raise InvalidConditionError("a value is missing", code="empty")
        return text

    def _value(self, field: Field, typed: str) -> One:
        if field.type in _DAYS:
            return read_value(field, _gregorian(_digits(typed)), self.currency)
        if field.type is FieldType.FLAG or field.choices:
            return read_value(field, typed, self.currency)
        if field.type in {FieldType.TEXT, FieldType.TAGS}:
            return typed
        return read_value(field, _digits(typed.translate(_GROUPING)), self.currency)

    def _shown(self, field: Field, value: object) -> str:
        if isinstance(value, date) and self.language == "fa":
            jalali = JalaliDate(value)  # type: ignore[no-untyped-call]  # ships without types
            return f"{jalali.year:04}-{jalali.month:02}-{jalali.day:02}"
        if field.type in {FieldType.TEXT, FieldType.TAGS}:
            return str(value)
        return value_text(field, value, self.currency).removesuffix("%")


def choice_name(field_id: str, value: str, words: NullTranslations) -> str:
    """A word of a closed list, or of a list we know; Shopify's own name stands beside ours for RFM groups."""
    known = {
        "stage": names.STAGES,
        "email_consent": names.CONSENTS,
        "sms_consent": names.CONSENTS,
        "value_class": names.VALUE_CLASSES,
        "rfm_group": names.RFM_GROUPS,
        "flow": names.FLOWS,
    }.get(field_id, {})
    if value not in known:
        return value
    name = words.gettext(known[value])
    shopify = names.SHOPIFY_RFM_GROUPS[value] if field_id == "rfm_group" else name
    return name if shopify == name else f"{name} ({shopify})"


def _text(raw: Raw, name: str) -> str:
    values = raw.get(name, ())
    return values[0].strip() if values else ""


def _split(text: str) -> list[str]:
    """Values between commas; one that has a comma of its own stands in quotation marks."""
    on_one_line = " ".join(text.replace("،", ",").replace("\x00", "").splitlines())
    row = next(csv.reader(io.StringIO(on_one_line), skipinitialspace=True), [])
    return [part.strip() for part in row if part.strip()]


def _joined(values: Sequence[str]) -> str:
    return ", ".join(f'"{each.replace(chr(34), chr(34) * 2)}"' if "," in each else each for each in values)


def _digits(text: str) -> str:
    """ASCII digits for those of any script."""
    return "".join(str(int(sign)) if sign.isdecimal() else sign for sign in text)


def _gregorian(day: str) -> str:
    """A day that was typed in the Jalali calendar, in the Gregorian one; everything else as it is."""
    parts = day.replace("/", "-").split("-")
    if len(parts) == 3 and all(part.isdecimal() and len(part) <= 4 for part in parts):
        year, month, on = map(int, parts)
        if year in _JALALI_YEARS:
            try:
                return _from_jalali(year, month, on)
            except ValueError:
                return day
    return "-".join(parts)


def _from_jalali(year: int, month: int, on: int) -> str:
    jalali = JalaliDate(year, month, on)  # type: ignore[no-untyped-call]  # ships without types
    return str(jalali.to_gregorian().isoformat())
