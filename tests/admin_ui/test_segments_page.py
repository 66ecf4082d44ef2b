"""The segments of a shop, as its merchant sees them."""

from pathlib import Path

import pytest

from tests.admin_ui.markup import polaris_faults
from tests.admin_ui.store import LAN, a_store, an_admin, an_empty_store
from tests.admin_ui.world import OTHER_SHOP, bearer, token_for


def test_every_segment_is_listed_with_its_numbers(tmp_path: Path) -> None:
    html = an_admin(a_store(tmp_path)).get("/app/segments", headers=bearer()).text
    assert polaris_faults(html) == []
    assert html.count('href="/app/segments/') == 12
    row = html.partition('id="segment-everyone"')[2].partition("</s-table-row>")[0]
    assert "<s-table-cell>5</s-table-cell>" in row
    assert "<s-table-cell>100.0%</s-table-cell>" in row
    assert "<s-table-cell>2</s-table-cell>" in row


def test_a_segment_says_its_definition_and_lists_its_customers(tmp_path: Path) -> None:
    html = an_admin(a_store(tmp_path)).get("/app/segments/abandoned_checkout", headers=bearer()).text
    assert polaris_faults(html) == []
    assert "Open checkout: in the last 7 days" in html
    assert f'href="/app/customers/{LAN}"' in html
    assert "lan@example.com" in html
    assert "omar@example.com" not in html


def test_the_other_shop_sees_none_of_it(tmp_path: Path) -> None:
    visitor = an_admin(a_store(tmp_path))
    headers = bearer(token_for(OTHER_SHOP))
    assert "No customers yet" in visitor.get("/app/segments", headers=headers).text
    html = visitor.get("/app/segments/everyone", headers=headers).text
    assert "Nobody is in this segment now" in html
    assert "example.com" not in html.replace("app.example", "")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/app/segments/unheard", 404),
        ("/app/segments/everyone?after=x", 400),
        ("/app/segments/everyone?after=-99999999999999999999", 422),
        ("/app/segments/everyone?after=-5", 200),
    ],
)
def test_odd_addresses_are_answered_with_their_status(tmp_path: Path, path: str, status: int) -> None:
    assert an_admin(an_empty_store(tmp_path)).get(path, headers=bearer()).status_code == status
