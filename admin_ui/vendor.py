"""Copy the browser code of others from `node_modules` to `static/vendor/`, or check what was copied.

After a version in `package.json` changed: `npm ci --ignore-scripts` in this folder, then `python -m admin_ui.vendor`.
With `--check` it compares the committed bytes with `vendor.json`, and with `node_modules` where that exists.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

HERE = Path(__file__).parent
VENDOR = HERE / "static" / "vendor"
MODULES = HERE / "node_modules"
INDEX = VENDOR / "vendor.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    package: str
    file: str
    licence: str
    """SPDX."""


SOURCES = (Source(package="htmx.org", file="dist/htmx.min.js", licence="0BSD"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendored:
    package: str
    version: str
    licence: str
    licence_file: str
    file: str
    sha256: str


def copy() -> None:
    """Bring `static/vendor/` to what `package-lock.json` installed."""
    VENDOR.mkdir(parents=True, exist_ok=True)
    rows = []
    for source in SOURCES:
        folder = MODULES / source.package
        name = Path(source.file).name
        licence_file = f"{name}.LICENSE"
        shutil.copyfile(folder / source.file, VENDOR / name)
        shutil.copyfile(folder / "LICENSE", VENDOR / licence_file)
        rows.append(
            Vendored(
                package=source.package,
                version=_locked_version(source.package),
                licence=source.licence,
                licence_file=licence_file,
                file=name,
                sha256=_digest(VENDOR / name),
            )
        )
    INDEX.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n", encoding="utf-8")


def problems() -> list[str]:
    """What is wrong with the committed copies, one sentence each."""
    found = []
    rows = [Vendored(**row) for row in json.loads(INDEX.read_text(encoding="utf-8"))]
    if {row.package for row in rows} != {source.package for source in SOURCES}:
        found.append("vendor.json and SOURCES name different packages")
    for row in rows:
        if row.version != _locked_version(row.package):
            found.append(f"{row.package}: vendored {row.version}, locked {_locked_version(row.package)}")
        if _digest(VENDOR / row.file) != row.sha256:
            found.append(f"{row.file}: bytes differ from vendor.json")
        if not (VENDOR / row.licence_file).is_file():
            found.append(f"{row.file}: its licence text is missing")
    for source in SOURCES:
        installed = MODULES / source.package / source.file
        if installed.is_file() and _digest(installed) != _digest(VENDOR / installed.name):
            found.append(f"{installed.name}: bytes differ from the installed package")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if anything differs")
    if not parser.parse_args(arguments).check:
        copy()
    found = problems()
    for line in found:
        sys.stderr.write(line + "\n")
    return 1 if found else 0


def _locked_version(package: str) -> str:
    lock = json.loads((HERE / "package-lock.json").read_text(encoding="utf-8"))
    return str(lock["packages"][f"node_modules/{package}"]["version"])


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    raise SystemExit(main())
