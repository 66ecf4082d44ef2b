"""What a check says: well, worth a look, or broken; and what to do."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line. `says` is what was found and, unless all is well, what to do."""

    check: str
    verdict: Verdict
    says: str


def ok(check: str, says: str) -> Finding:
    return Finding(check=check, verdict=Verdict.OK, says=says)


def warn(check: str, says: str) -> Finding:
    return Finding(check=check, verdict=Verdict.WARN, says=says)


def fail(check: str, says: str) -> Finding:
    return Finding(check=check, verdict=Verdict.FAIL, says=says)
