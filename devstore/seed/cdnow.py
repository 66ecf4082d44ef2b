"""The CDNOW sample: every purchase of 2,357 customers of a music shop, 1997-01-01 to 1998-06-30 (see SOURCES.md)."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

_FILE = Path(__file__).parents[1] / "cdnow_sample.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    customer: int
    """Number within the sample, 1 to 2357."""
    day: date
    records: int
    cents: int


def purchases() -> list[Purchase]:
    """All 6,919 purchases, by customer and day, as the file orders them."""
    return [_purchase(line) for line in _FILE.read_text(encoding="ascii").splitlines() if line.strip()]


def _purchase(line: str) -> Purchase:
    _, customer, day, records, dollars = line.split()
    whole, _, hundredths = dollars.partition(".")
    return Purchase(
        customer=int(customer),
        day=datetime.strptime(day + "+0000", "%Y%m%d%z").date(),
        records=int(records),
        cents=int(whole) * 100 + int(hundredths),
    )
