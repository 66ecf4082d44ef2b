"""What is committed, as the house rules read it."""

import ast
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("plugin", "admin_ui", "devstore")
_MADE = frozenset({".venv", "node_modules", "__pycache__", ".git", "var", "dist"})


def committed(*patterns: str) -> list[Path]:
    """Files that are, or are about to be, under version control; in an unpacked archive, all there are.

    A `*` in a pattern also matches slashes.
    """
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607  # git is where it is
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode == 0:
        names = [Path(name) for name in listing.stdout.splitlines()]
    else:
        names = [path.relative_to(ROOT) for path in ROOT.rglob("*") if not _MADE & set(path.parts)]
    files = (name for name in names if (ROOT / name).is_file())
    return sorted(
        name for name in files if not patterns or any(fnmatch(name.as_posix(), each) for each in patterns)
    )


def modules(*packages: str) -> Iterator[tuple[str, ast.Module]]:
    """Every Python module of `packages` (all three unless named), parsed, by its path."""
    for path in committed(*(f"{package}/*.py" for package in packages or PACKAGES)):
        yield path.as_posix(), ast.parse((ROOT / path).read_text("utf-8"))
