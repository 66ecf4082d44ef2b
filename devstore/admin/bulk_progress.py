"""How a bulk operation gets on: created, running at the first look, completed at the second."""

from dataclasses import replace
from datetime import timedelta

from devstore.admin.context import Context
from devstore.model import BulkOperation
from devstore.store import Store
from devstore.webhooks import shop_bodies
from devstore.webhooks.courier import Courier

MOST_AT_ONCE = 5
_UNWATCHED_AFTER = timedelta(seconds=2)  # an operation that nobody looks at completes by itself after this


def polled(number: int, context: Context) -> BulkOperation | None:
    """The operation after one more look at it."""
    operation = context.store.bulk_operations.get(number)
    if operation is None or not is_unfinished(operation):
        return operation
    if operation.status == "CREATED":
        running = replace(operation, status="RUNNING", updated_at=context.store.now())
        context.store.bulk_operations.put(running)
        return running
    return complete(operation, context.store, context.courier)


def complete(operation: BulkOperation, store: Store, courier: Courier) -> BulkOperation:
    """Open the file to readers and tell the app."""
    now = store.now()
    done = replace(operation, status="COMPLETED", completed_at=now, updated_at=now)
    with store.database.transaction():
        store.bulk_operations.put(done)
        courier.send(store.shop, "bulk_operations/finish", shop_bodies.bulk_finished(done, store))
    return done


def complete_unwatched(store: Store, courier: Courier) -> None:
    for operation in unfinished(store):
        if store.now() - operation.created_at >= _UNWATCHED_AFTER:
            complete(operation, store, courier)


def unfinished(store: Store) -> list[BulkOperation]:
    return [operation for operation in store.bulk_operations.where("1 = 1") if is_unfinished(operation)]


def is_unfinished(operation: BulkOperation) -> bool:
    return operation.status in {"CREATED", "RUNNING"}
