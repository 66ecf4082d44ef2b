"""Static files: addressed by content, kept for ever, and honest about other people's code."""

import re
import shutil
from pathlib import Path

import pytest

from admin_ui import vendor
from admin_ui.assets import STATIC
from tests.admin_ui.world import an_admin, bearer

BUDGET = 40 * 1024  # bytes of packed script that a page of the demo may load


def _scripts(mode_html: str) -> list[str]:
    return re.findall(r'<script src="(/static/[^"]+)"', mode_html)


def test_a_file_is_kept_for_ever_under_its_hash() -> None:
    client = an_admin()
    [address] = [
        each for each in _scripts(client.get("/", headers=bearer()).text) if each.endswith("/nav.js")
    ]
    answer = client.get(address)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.text == (STATIC / "nav.js").read_text(encoding="utf-8")


def test_an_outdated_hash_gets_the_current_file_uncached() -> None:
    answer = an_admin().get("/static/0000000000000000/nav.js")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("name", ["../admin.py", "%2e%2e/admin.py", "nothing.js", ""])
def test_only_what_ships_is_served(name: str) -> None:
    assert an_admin().get(f"/static/x/{name}").status_code == 404


def test_the_scripts_of_a_page_stay_small() -> None:
    client = an_admin()
    sizes = [
        int(client.get(address, headers={"Accept-Encoding": "gzip"}).headers["content-length"])
        for address in _scripts(client.get("/", headers=bearer()).text)
    ]
    assert len(sizes) == 6
    assert sum(sizes) < BUDGET


def test_vendored_code_is_what_its_index_says() -> None:
    assert vendor.problems() == []
    assert vendor.main(["--check"]) == 0


def test_a_changed_vendored_file_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "vendor"
    shutil.copytree(vendor.VENDOR, copy)
    (copy / "htmx.min.js").write_text("/* other */", encoding="utf-8")
    monkeypatch.setattr(vendor, "VENDOR", copy)
    assert "htmx.min.js: bytes differ from vendor.json" in vendor.problems()


def test_our_styles_use_logical_properties_only() -> None:
    physical = re.compile(r"(margin|padding|border|inset)-(left|right)|text-align:\s*(left|right)|float:")
    found = [
        f"{path.name}: {match[0]}"
        for path in (*STATIC.glob("*.css"), *STATIC.glob("*.js"))
        for match in physical.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []
