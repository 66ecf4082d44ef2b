"""The pages say the same on PostgreSQL as on SQLite."""

from pathlib import Path

import pytest

from plugin.queries.status import status
from tests.admin_ui.store import LAN, OMAR, SARA, Store, a_store, an_admin, guest_id_of
from tests.admin_ui.world import OTHER_SHOP, bearer

PATHS = (
    "/",
    "/app/customers",
    "/app/customers?q=G%C3%BCl",
    "/app/customers?q=7001",
    "/app/customers?q=%00%25",
    *(f"/app/customers/{customer_id}" for customer_id in (LAN, SARA, OMAR)),
    f"/app/customers/{LAN}/timeline?before=2026-11-21T12:01:00%2B00:00~2~x",
    "/app/segments",
    "/app/segments/everyone",
    "/app/flows",
    "/app/flows/abandoned_checkout",
    "/app/insights/lifecycle/numbers",
    "/app/insights/people/first",
    "/app/insights/rfm/numbers",
    "/app/insights/retention/numbers",
    "/app/settings",
    "/app/settings/connection",
    "/app/settings/privacy",
)


def pages_of(store: Store) -> dict[str, str]:
    visitor = an_admin(store)
    paths = (*PATHS, f"/app/customers/{guest_id_of(store)}")
    answers = {path: visitor.get(path, headers=bearer()) for path in paths}
    assert {path: answer.status_code for path, answer in answers.items() if answer.status_code != 200} == {}
    return {path: answer.text for path, answer in answers.items()}


@pytest.mark.postgres
def test_every_page_and_the_status_are_the_same(tmp_path: Path, postgres_url: str) -> None:
    on_sqlite, on_postgres = a_store(tmp_path), a_store(postgres_url)
    for store in (on_sqlite, on_postgres):
        store.fail("d1", "d2")
        store.fail("d3", shop=OTHER_SHOP)
    assert pages_of(on_postgres) == pages_of(on_sqlite)
    assert status(on_postgres.database, on_postgres.inbox) == status(on_sqlite.database, on_sqlite.inbox)
    on_postgres.database.engine.dispose()
    on_postgres.inbox.close()
