"""Parents and children of a bulk result, joined without trusting their order and without holding them all.

Since 2026-01 a child line may stand anywhere in the file. The lines are spilled to a temporary SQLite file, and
children are looked up per parent: memory stays bounded by one page of parents, whatever the shop's size.
"""

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

_BATCH = 2_000  # rows per insert: enough to make the statement's own cost vanish
_PAGE = 500  # parents whose children are fetched together
_CACHE_KB = 16 * 1024

_SCHEMA = """
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = FILE;
CREATE TABLE parent (seq INTEGER PRIMARY KEY, id TEXT NOT NULL, raw BLOB NOT NULL);
CREATE TABLE child (seq INTEGER PRIMARY KEY, parent TEXT NOT NULL, raw BLOB NOT NULL);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """One root object with its children by kind, such as `LineItem`; each kind in the file's order."""

    row: dict[str, Any] = field(repr=False)
    children: dict[str, list[dict[str, Any]]] = field(repr=False)


def join_children(rows: Iterable[dict[str, Any]], *, directory: Path | None = None) -> Iterator[Joined]:
    """Yield every root row once, in the file's order, with its children.

    A root row that occurs twice (a resumed download) counts once, the later one. Children whose parent is not in
    the file (a partial result) are left out.
    """
    with (
        tempfile.TemporaryDirectory(prefix="regulars-bulk-", dir=directory) as folder,
        closing(sqlite3.connect(Path(folder) / "spill.db", isolation_level=None)) as spill,
    ):
        spill.executescript(_SCHEMA)
        spill.execute(f"PRAGMA cache_size = -{_CACHE_KB}")
        _fill(spill, rows)
        yield from _parents_with_children(spill)


def _fill(spill: sqlite3.Connection, rows: Iterable[dict[str, Any]]) -> None:
    encode = msgspec.json.Encoder().encode
    numbered = enumerate(rows)
    spill.execute("BEGIN")
    while batch := list(islice(numbered, _BATCH)):
        parents, children = [], []
        for seq, row in batch:
            parent = row.get("__parentId")
            if parent is None:
                parents.append((seq, str(row.get("id", seq)), encode(row)))
            else:
                children.append((seq, parent, encode(row)))
        spill.executemany("INSERT INTO parent VALUES (?, ?, ?)", parents)
        spill.executemany("INSERT INTO child VALUES (?, ?, ?)", children)
    spill.execute("CREATE INDEX parent_id ON parent (id, seq)")
    spill.execute("CREATE INDEX child_parent ON child (parent, seq)")
    spill.execute("COMMIT")


def _parents_with_children(spill: sqlite3.Connection) -> Iterator[Joined]:
    decode = msgspec.json.Decoder().decode
    newest = spill.execute(
        "SELECT seq, id, raw FROM parent AS p"
        " WHERE NOT EXISTS (SELECT 1 FROM parent AS q WHERE q.id = p.id AND q.seq > p.seq) ORDER BY seq"
    )
    while page := newest.fetchmany(_PAGE):
        marks = ",".join("?" * len(page))
        found: dict[str, dict[str, dict[str, Any]]] = {}
        for seq, parent, raw in spill.execute(
            f"SELECT seq, parent, raw FROM child WHERE parent IN ({marks}) ORDER BY seq",  # noqa: S608  # only ?
            [parent_id for _, parent_id, _ in page],
        ):
            child = decode(raw)
            # Keyed by id, so that a child repeated by a resumed download is one child.
            found.setdefault(parent, {})[str(child.get("id", seq))] = child
        for _, parent_id, raw in page:
            yield Joined(row=decode(raw), children=_by_kind(found.get(parent_id, {}).values()))


def _by_kind(children: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    kinds: dict[str, list[dict[str, Any]]] = {}
    for child in children:
        del child["__parentId"]
        kinds.setdefault(_kind(child.get("id")), []).append(child)
    return kinds


def _kind(gid: object) -> str:
    """`gid://shopify/LineItem/1` -> `LineItem`; empty for children without an id."""
    return gid.split("/")[3] if isinstance(gid, str) and gid.startswith("gid://shopify/") else ""
