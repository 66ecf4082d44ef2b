"""Checks of rendered pages: Polaris markup against the manifest, and text that escaped the catalogue."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

MANIFEST: dict[str, Any] = json.loads((Path(__file__).parent / "polaris_manifest.json").read_text())
_GLOBAL = frozenset({"id", "slot", "class", "hidden", "lang", "dir", "title"})
_FREE_PREFIXES = ("hx-", "data-", "aria-")
_VOID = frozenset({"meta", "link", "input", "br", "img", "hr"})
_SPOKEN = frozenset(
    {
        "heading",
        "subheading",
        "label",
        "accessibilitylabel",
        "details",
        "error",
        "placeholder",
        "alt",
        "title",
        "aria-label",
        "suffix",
        "prefix",
    }
)
_LETTERS = re.compile(r"[^\W\d_]{2,}")


def attributes_of(tag: str) -> dict[str, list[str]]:
    """Every attribute the manifest allows on `tag`, with its allowed values."""
    entry: dict[str, Any] = MANIFEST["elements"][tag]
    allowed: dict[str, list[str]] = {}
    for name in entry.get("shared", []):
        allowed |= MANIFEST["shared"][name]
    allowed |= entry.get("attributes", {})
    return allowed


def polaris_faults(html: str) -> list[str]:
    """What is wrong with the `s-*` markup of a page, one sentence each."""
    reader = _PolarisReader()
    reader.feed(html)
    return reader.faults


def unmarked_text(html: str) -> list[str]:
    """Words a person reads that the pseudo-language did not mark with ⟦ ⟧."""
    reader = _TextReader()
    reader.feed(html)
    return [text for text in reader.texts if _LETTERS.search(re.sub(r"⟦[^⟧]*⟧", "", text))]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.meet(tag, {name: value or "" for name, value in attrs})
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.meet(tag, {name: value or "" for name, value in attrs})

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    def meet(self, tag: str, attributes: dict[str, str]) -> None:
        raise NotImplementedError


class _PolarisReader(_Reader):
    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []

    def meet(self, tag: str, attributes: dict[str, str]) -> None:
        self.faults += self._slot_faults(tag, attributes)
        if not tag.startswith("s-"):
            return
        if tag not in MANIFEST["elements"]:
            self.faults.append(f"<{tag}> is not an element")
            return
        allowed = attributes_of(tag)
        for name, value in attributes.items():
            if name in _GLOBAL or name.startswith(_FREE_PREFIXES):
                continue
            if name not in allowed:
                self.faults.append(f"<{tag}> has no attribute {name}")
            elif not _is_allowed(value, allowed[name]):
                self.faults.append(f"<{tag} {name}={value!r}> is not one of its values")

    def _slot_faults(self, tag: str, attributes: dict[str, str]) -> Iterator[str]:
        parent = self.open[-1] if self.open else ""
        slot = attributes.get("slot", "")
        if parent in MANIFEST["elements"] and slot not in MANIFEST["elements"][parent]["slots"]:
            yield f"<{parent}> has no slot {slot!r} for <{tag}>"


class _TextReader(_Reader):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def meet(self, tag: str, attributes: dict[str, str]) -> None:
        if tag != "link":
            self.texts += [value for name, value in attributes.items() if name in _SPOKEN and value]

    def handle_data(self, data: str) -> None:
        if data.strip() and not {"script", "style", "code"} & set(self.open):
            self.texts.append(data.strip())


def _is_allowed(value: str, allowed: list[str]) -> bool:
    if not allowed:
        return not value.startswith("@container")
    if allowed == ["true"]:
        return value in {"", "true"}
    if allowed == ["@space"]:
        return all(part in MANIFEST["spaces"] for part in value.split())
    if allowed == ["@icon"]:
        return value in MANIFEST["icons"]
    return value in allowed
