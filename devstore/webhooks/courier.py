"""Delivers signed webhooks, once at first and then up to eight times more over four hours of the devstore clock.

A body is written down in the transaction that caused it, so a kill loses none. Anything but 2xx is a failure.
"""

import base64
import hashlib
import hmac
import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from sqlite3 import Row
from threading import Event, Thread
from typing import Any, Final

import httpx

from devstore.config import API_VERSION, DevstoreConfig
from devstore.database import Database, micros

MOST_RETRIES: Final = 8
_RETRY_SPAN: Final = 4 * 3600.0  # seconds; eight retries, each wait twice the one before, fill it
_FIRST_WAIT: Final = _RETRY_SPAN / (2**MOST_RETRIES - 1)
_TIMEOUT: Final = httpx.Timeout(5.0, connect=1.0)  # seconds; Shopify's own limits
_PAUSE: Final = 0.1  # seconds between two looks at the clock, which a demo may move at any moment
_BATCH: Final = 100

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One webhook, sent or still to be sent, as the log shows it."""

    id: int
    shop: str
    topic: str
    webhook_id: str
    event_id: str
    triggered_at: datetime
    body: bytes
    state: str
    """`waiting`, `delivered`, `failed` (all retries used up) or `recorded` (the devstore has no address to send to)."""
    tries: int
    answer: int | None


class Courier:
    def __init__(self, database: Database, config: DevstoreConfig) -> None:
        self._database = database
        self._config = config
        self._wake = Event()
        self._stop = Event()
        self._thread: Thread | None = None
        self._chores: Callable[[], None] = lambda: None

    def send(self, shop: str, topic: str, body: dict[str, Any], *, event: str | None = None) -> None:
        """Write one webhook down for delivery; `event` names the merchant action that several of them share."""
        now = micros(self._config.clock())
        raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        with self._database.transaction():
            last = self._database.row("SELECT id, triggered_at FROM deliveries ORDER BY id DESC LIMIT 1")
            number = int(last["id"]) + 1 if last else 1
            # Events are triggered one after the other even where the clock stands still or was set back: among
            # bodies of one second this is all that tells a reader which is the newer.
            triggered = max(now, int(last["triggered_at"]) + 1) if last else now
            self._database.run(
                "INSERT INTO deliveries (id, shop, topic, webhook_id, event_id, triggered_at, body, state, next_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                number,
                shop,
                topic,
                _uuid(self._config.api_secret, "webhook", shop, str(number), str(now)),
                _uuid(self._config.api_secret, "event", shop, event or str(number)),
                triggered,
                raw,
                "waiting" if self._config.webhook_url else "recorded",
                now,
            )
        self._wake.set()

    def log(self, shop: str | None = None) -> list[Delivery]:
        """Every webhook so far, oldest first."""
        rows = self._database.rows(
            "SELECT * FROM deliveries WHERE ? IS NULL OR shop = ? ORDER BY id", shop, shop
        )
        return [_delivery(row) for row in rows]

    def deliver_due(self) -> int:
        """Send what is due by the devstore clock and return how many were tried."""
        rows = self._database.rows(
            "SELECT * FROM deliveries WHERE state = 'waiting' AND next_at <= ? ORDER BY id LIMIT ?",
            micros(self._config.clock()),
            _BATCH,
        )
        if rows:
            with httpx.Client(timeout=_TIMEOUT) as client:
                for row in rows:
                    self._deliver(row, client)
        return len(rows)

    def settled(self, within: float) -> bool:
        """Wait until every webhook that is due was tried, for at most `within` seconds; False if one was not.

        Without the background thread there is nothing to wait for.
        """
        deadline = time.monotonic() + within
        while self._thread is not None and self._is_behind():
            if time.monotonic() > deadline:
                return False
            self._stop.wait(_PAUSE / 4)
        return True

    def start(self, chores: Callable[[], None] = lambda: None) -> None:
        """Deliver in the background until `stop`; `chores` is done at every look at the clock."""
        if self._thread is None:
            self._chores = chores
            self._stop.clear()
            self._thread = Thread(target=self._work, name="devstore-courier", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        if self._thread is not None:
            self._stop.set()
            self._wake.set()
            self._thread.join()
            self._thread = None

    def _is_behind(self) -> bool:
        now = micros(self._config.clock())
        query = "SELECT 1 FROM deliveries WHERE state = 'waiting' AND tries = 0 AND next_at <= ? LIMIT 1"
        return self._database.row(query, now) is not None

    def _work(self) -> None:
        while not self._stop.is_set():
            try:
                self._chores()
                tried = self.deliver_due()
            except Exception:  # noqa: BLE001 - the thread outlives one bad turn, as the store it stands for would
                _log.exception("devstore webhooks: one turn failed")
                tried = 0
            if not tried:
                self._wake.wait(_PAUSE)
                self._wake.clear()

    def _deliver(self, row: Row, client: httpx.Client) -> None:
        status = self._post(row, client)
        now = micros(self._config.clock())
        tries = int(row["tries"]) + 1
        state, next_at = "waiting", now
        if status is not None and 200 <= status < 300:
            state = "delivered"
        elif tries > MOST_RETRIES:
            state = "failed"
        else:
            next_at = now + round(_FIRST_WAIT * 2 ** (tries - 1) * 1_000_000)
        self._database.run(
            "UPDATE deliveries SET state = ?, tries = ?, next_at = ?, answer = ?, answered_at = ? WHERE id = ?",
            state,
            tries,
            next_at,
            status,
            now,
            row["id"],
        )

    def _post(self, row: Row, client: httpx.Client) -> int | None:
        try:
            return client.post(
                self._config.webhook_url or "", content=row["body"], headers=self._headers(row)
            ).status_code
        except httpx.HTTPError:
            return None

    def _headers(self, row: Row) -> dict[str, str]:
        triggered = datetime.fromtimestamp(row["triggered_at"] / 1_000_000, tz=UTC)
        return {
            "Content-Type": "application/json",
            "User-Agent": "Shopify-Captain-Hook",
            "X-Shopify-Topic": row["topic"],
            "X-Shopify-Hmac-Sha256": sign(row["body"], self._config.api_secret),
            "X-Shopify-Shop-Domain": row["shop"],
            "X-Shopify-API-Version": API_VERSION,
            "X-Shopify-Webhook-Id": row["webhook_id"],
            "X-Shopify-Event-Id": row["event_id"],
            "X-Shopify-Triggered-At": triggered.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }


def sign(body: bytes, secret: str) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def _delivery(row: Row) -> Delivery:
    return Delivery(
        id=row["id"],
        shop=row["shop"],
        topic=row["topic"],
        webhook_id=row["webhook_id"],
        event_id=row["event_id"],
        triggered_at=datetime.fromtimestamp(row["triggered_at"] / 1_000_000, tz=UTC),
        body=row["body"],
        state=row["state"],
        tries=row["tries"],
        answer=row["answer"],
    )


def _uuid(secret: str, *parts: str) -> str:
    text = hmac.new(secret.encode(), "\x1f".join(parts).encode(), hashlib.sha256).hexdigest()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-8{text[17:20]}-{text[20:32]}"
