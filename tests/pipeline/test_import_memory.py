"""A long history is imported in memory that does not grow with it."""

import subprocess
import sys

_PROGRAM = """
import sys, tempfile
from pathlib import Path
from benchmarks.a_shop import peak_megabytes
from benchmarks.imports import import_files, write_files
from plugin.pipeline.backfill import BATCH

orders = int(sys.argv[1])
with tempfile.TemporaryDirectory() as folder:
    rows = write_files(Path(folder) / "files", orders)
    import_files(Path(folder) / "files", rows, BATCH)
print(rows, peak_megabytes())
"""


def _imported(orders: int) -> tuple[int, float]:
    """Rows, and the most megabytes that a process of its own held while it imported them."""
    command = [sys.executable, "-c", _PROGRAM, str(orders)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)  # noqa: S603
    rows, peak = done.stdout.split()
    return int(rows), float(peak)


def test_importing_20000_orders_takes_little_more_memory_than_importing_few() -> None:
    _, few = _imported(500)
    rows, peak = _imported(20_000)
    assert rows > 20_000 * 3  # customers, orders and lines
    assert peak < 300
    assert peak - few < 120  # of it, the page caches of SQLite and of the join may take 80
