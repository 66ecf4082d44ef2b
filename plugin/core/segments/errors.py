"""What is wrong with a query, said so that a person can repair it."""

from typing import NamedTuple

_SHOWN = 60  # characters of somebody's text that an error repeats


class InvalidConditionError(ValueError):
    """This question cannot be asked of a customer. The message says what to write instead.

    `code` names the kind of mistake for a translation, `subject` is the word it is about, and `suggestion` the
    word that was probably meant.
    """

    def __init__(
        self, message: str, *, code: str = "invalid", subject: str = "", suggestion: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.subject = subject
        self.suggestion = suggestion


class SegmentSyntaxError(InvalidConditionError):
    """The text of a segment cannot be understood. `line` and `column` count from 1."""

    def __init__(
        self,
        message: str,
        line: int,
        column: int,
        suggestion: str | None = None,
        *,
        code: str = "unexpected",
        subject: str = "",
    ) -> None:
        super().__init__(message, code=code, subject=subject, suggestion=suggestion)
        self.line = line
        self.column = column

    def __str__(self) -> str:
        meant = f" Did you mean {self.suggestion}?" if self.suggestion else ""
        return f"line {self.line}, column {self.column}: {self.message}.{meant}"


class Place(NamedTuple):
    """Where in a text; both count from 1."""

    line: int
    column: int


def misread(error: InvalidConditionError, place: Place) -> SegmentSyntaxError:
    """The same mistake, with the place of the words that made it."""
    if isinstance(error, SegmentSyntaxError):
        return error
    return SegmentSyntaxError(error.message, *place, error.suggestion, code=error.code, subject=error.subject)


def quoted(word: object) -> str:
    """Somebody's own words inside a message, short."""
    text = str(word)
    return f"“{text if len(text) <= _SHOWN else text[: _SHOWN - 1] + '…'}”"
