"""A segment outside of this app: the file, the tag and the copy in Shopify, as a merchant meets them."""

import csv
import logging
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from html import unescape
from io import StringIO
from pathlib import Path

import pytest

from plugin.core.spreadsheets import BOM
from plugin.shopify.fake import FakeAdmin, Misfortune
from plugin.shopify.fake_shop import FakeShop
from plugin.store import shops
from tests.admin_ui.markup import polaris_faults
from tests.admin_ui.store import OTHER_SHOP_ID, SHOP_ID, Store, a_store, an_app, an_empty_store, of
from tests.admin_ui.world import OTHER_SHOP, SHOP, Visitor, bearer, token_for
from tests.builders import DAY, NOW, a_record

EVERYONE = "/app/segments/everyone"


def said_in(html: str) -> str:
    """What a fragment says, labels and headings of its elements included."""
    labels = " ".join(re.findall(r'(?:label|heading|error)="([^"]*)"', html))
    return " ".join(unescape(f"{re.sub('<[^>]+>', ' ', html)} {labels}").split())


@dataclass
class Desk:
    store: Store
    admin: FakeAdmin
    visitor: Visitor

    @property
    def shop(self) -> FakeShop:
        return self.admin.shops[SHOP_ID]

    def panel(self, path: str = f"{EVERYONE}/share") -> str:
        answer = self.visitor.get(path, headers=bearer())
        assert answer.status_code == 200
        assert polaris_faults(answer.text) == []
        return said_in(answer.text)

    def press(self, path: str, *, status: int = 200, **form: str) -> str:
        answer = self.visitor.post(path, headers=bearer(), data=form)
        assert answer.status_code == status
        return said_in(answer.text)

    def address(self, path: str = f"{EVERYONE}/file", **headers: str) -> str:
        answer = self.visitor.post(path, headers=bearer() | headers)
        assert answer.status_code == 200
        return str(answer.headers["hx-redirect"])


def at_a_desk(store: Store) -> Desk:
    admin = FakeAdmin({SHOP_ID: FakeShop(domain=SHOP), OTHER_SHOP_ID: FakeShop(domain=OTHER_SHOP)})
    return Desk(store=store, admin=admin, visitor=Visitor(an_app(store, shopify=admin)))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return at_a_desk(a_store(tmp_path))


def test_the_file_holds_everybody_once_with_heads_in_the_merchants_language(desk: Desk) -> None:
    answer = desk.visitor.get(desk.address())
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="everyone-2026-11-21.csv"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.content.startswith(BOM.encode())
    rows = list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"), newline="")))
    with desk.store.database.reading(SHOP_ID) as unit:
        known = unit.connection.exec_driver_sql(
            f"SELECT count(*) FROM segment_members WHERE segment_id = 'everyone' AND shop_id = {SHOP_ID}"  # noqa: S608
        ).scalar()
    assert len(rows) == known
    assert len({row["Email"] for row in rows if row["Email"]}) > 2
    assert {row["Currency"] for row in rows} == {"EUR"}
    persian = desk.visitor.get(desk.address(**{"Accept-Language": "fa"}))
    assert "شناسهٔ مشتری" in persian.text.partition("\r\n")[0]


def test_a_name_that_is_a_formula_stays_a_name(tmp_path: Path) -> None:
    store = an_empty_store(tmp_path)
    evil = '=HYPERLINK("https://evil.example","Click")'
    record = a_record(at=NOW - DAY, email="e@example.com", first_name=evil)
    store.hear(of(8001, replace(record, contact=replace(record.contact, phone="+49301234"))))
    desk = at_a_desk(store)
    (row,) = csv.DictReader(
        StringIO(desk.visitor.get(desk.address()).content.decode("utf-8-sig"), newline="")
    )
    assert row["First name"] == f"'{evil}"
    assert row["Phone"].startswith("'+49")


def test_an_address_of_a_file_is_good_for_five_minutes_and_for_nothing_else(desk: Desk) -> None:
    address = desk.address()
    assert "example.com" not in address
    assert desk.visitor.get(address).status_code == 200
    for wrong in (address[:-1] + ("A" if address[-1] != "A" else "B"), "/app/files/x", address + "A"):
        assert desk.visitor.get(wrong).status_code == 404
    desk.store.clock.at += timedelta(minutes=5, seconds=1)
    assert desk.visitor.get(address).status_code == 404


def test_no_character_of_an_address_can_be_changed(desk: Desk) -> None:
    token = desk.address().rpartition("/")[2]
    changed = [token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :] for at in range(len(token))]
    for wrong in (
        *changed,
        token[::-1],
        token.swapcase(),
        token[:-1],
        f"={token}",
        f"{token}=",
        "%00",
        "x" * 5000,
    ):
        assert desk.visitor.get(f"/app/files/{wrong}").status_code == 404


def test_nobody_gets_an_address_without_a_token_or_for_another_shops_people(desk: Desk) -> None:
    assert desk.visitor.post(f"{EVERYONE}/file").status_code == 401
    theirs = desk.visitor.post(f"{EVERYONE}/file", headers=bearer(token_for(OTHER_SHOP)))
    file = desk.visitor.get(theirs.headers["hx-redirect"]).text
    with desk.store.database.reading(SHOP_ID) as unit:
        emails = unit.connection.exec_driver_sql(
            f"SELECT email FROM customers WHERE email IS NOT NULL AND shop_id = {SHOP_ID}"  # noqa: S608
        ).scalars()
        assert [email for email in emails if email in file] == []
    assert desk.visitor.post("/app/segments/none/file", headers=bearer()).status_code == 404


def test_it_is_noted_who_took_a_file_and_no_person_is_in_the_log(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    desk.visitor.get(desk.address())
    with desk.store.database.reading(SHOP_ID) as unit:
        noted = unit.connection.exec_driver_sql(
            f"SELECT author FROM shop_changes WHERE change = 'file:everyone' AND shop_id = {SHOP_ID}"  # noqa: S608
        ).all()
    assert [row.author for row in noted] == ["merchant:7"]
    assert "a segment was written to a file" in caplog.text
    assert "@" not in "".join(
        record.getMessage() for record in caplog.records if "file" in record.getMessage()
    )


def test_a_removed_shop_gives_no_file(desk: Desk) -> None:
    address = desk.address()
    with desk.store.database.unit(SHOP_ID) as unit:
        shops.set_state(unit, shops.UNINSTALLED, at=NOW, reason="test", author="test")
    assert desk.visitor.get(address).status_code == 404


def test_customers_are_tagged_and_it_is_taken_back(desk: Desk) -> None:
    assert "Keep in step with the segment" in desk.panel()
    said = desk.press(f"{EVERYONE}/tag", tag="All of them")
    assert "Tag All of them" in said
    assert "changes are still to be made." in said
    assert "Those who were in the segment then; it does not follow." in said
    assert "Being taken off" in desk.press(f"{EVERYONE}/untag")


@pytest.mark.parametrize("typed", ["", "a,b", "x" * 256])
def test_a_tag_that_is_none_is_told_beside_its_field(desk: Desk, typed: str) -> None:
    answer = desk.visitor.post(f"{EVERYONE}/tag", headers=bearer(), data={"tag": typed})
    assert answer.status_code == 422
    assert "A tag has 1 to 255 characters and no comma." in answer.text


def test_a_segment_is_saved_among_shopifys_and_saved_again_over_itself(desk: Desk) -> None:
    path = "/app/segments/bought_once"
    assert "Save as a Shopify segment" in desk.panel(f"{path}/share")
    assert "Save again in Shopify" in desk.press(f"{path}/shopify")
    desk.press(f"{path}/shopify")
    ((name, query),) = desk.shop.segments.values()
    assert query == "number_of_orders = 1"
    assert name
    assert desk.admin.shops[OTHER_SHOP_ID].segments == {}


def test_what_shopify_cannot_ask_is_named(desk: Desk) -> None:
    said = desk.panel("/app/segments/loyal/share")
    assert "segments cannot ask this:" in said
    assert "stage = loyal" in said
    desk.press("/app/segments/loyal/shopify", status=409)
    assert desk.shop.segments == {}


@pytest.mark.parametrize(
    ("misfortune", "said"),
    [
        (Misfortune.NEVER_ARRIVED, "Nothing was saved."),
        (Misfortune.ANSWER_LOST, "It may have been saved all the same"),
        (Misfortune.ACCESS_DENIED, "Nothing was saved."),
    ],
)
def test_a_shopify_that_does_not_answer_is_told_of(desk: Desk, misfortune: Misfortune, said: str) -> None:
    desk.admin.befall("segment_create", misfortune)
    assert said in desk.press("/app/segments/bought_once/shopify", status=503)
