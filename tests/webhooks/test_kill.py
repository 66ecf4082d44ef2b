"""No acknowledged delivery is ever lost: the server is killed 200 times while deliveries pour in."""

import asyncio
import base64
import hmac
import os
import signal
import socket
import sqlite3
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import make_url

from plugin.core.keys import stable_id
from plugin.store.inbox import inbox_engine, inbox_url
from plugin.store.migrations.inbox import upgrade_inbox

SECRET = "hush"
KILLS = 200
CLIENTS = 24
LONGEST_LIFE_MS = 120


class Assassin:
    """Kills one server after the other: at a moment of its own, or right as an acknowledgement arrives.

    The second is the cruel one: whatever was acknowledged before its commit is lost then.
    """

    def __init__(self) -> None:
        self._next: int | None = None
        self._done = asyncio.Event()

    async def kill(self, child: int, *, at_an_acknowledgement: bool) -> None:
        if at_an_acknowledgement:
            self._next = child
            await self._done.wait()
            self._done.clear()
        else:
            os.kill(child, signal.SIGKILL)

    def saw_an_acknowledgement(self) -> None:
        if self._next is not None:
            os.kill(self._next, signal.SIGKILL)
            self._next = None
            self._done.set()


class Shopper:
    """Sends one delivery after another; a delivery that was not answered 200 is sent again, as Shopify does."""

    def __init__(self, name: str, address: tuple[str, int], assassin: Assassin) -> None:
        self.name = name
        self.acknowledged: list[str] = []
        self.resent = 0
        self._address = address
        self._assassin = assassin

    async def run(self, closing: asyncio.Event) -> None:
        while not closing.is_set():
            delivery_id = f"{self.name}-{len(self.acknowledged)}"
            while not await self._send_until_broken(delivery_id):
                self.resent += 1
            self.acknowledged.append(delivery_id)

    async def _send_until_broken(self, delivery_id: str) -> bool:
        with suppress(OSError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.open_connection(*self._address)
            try:
                writer.write(request(delivery_id))
                answer = await reader.readuntil(b"\r\n\r\n")
                if answer.startswith(b"HTTP/1.1 200 "):
                    self._assassin.saw_an_acknowledgement()
                    return True
            finally:
                writer.close()
        return False


def body_of(delivery_id: str) -> bytes:
    return b'{"id":"%s","note":"%s"}' % (delivery_id.encode(), b"x" * 3000)


def request(delivery_id: str) -> bytes:
    body = body_of(delivery_id)
    signature = base64.b64encode(hmac.digest(SECRET.encode(), body, "sha256")).decode()
    return (
        f"POST /webhooks/shopify HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
        f"X-Shopify-Hmac-Sha256: {signature}\r\nX-Shopify-Topic: orders/create\r\n"
        f"X-Shopify-Webhook-Id: {delivery_id}\r\nX-Shopify-Shop-Domain: tea.myshopify.com\r\n\r\n"
    ).encode() + body


async def kill_again_and_again(url: str) -> list[Shopper]:
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listening:
        address = listening.getsockname()
        descriptor = listening.fileno()
        forker = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.webhooks.kill_server", str(descriptor), url, SECRET),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            pass_fds=[descriptor],
        )
        assert forker.stdin is not None
        assert forker.stdout is not None
        closing = asyncio.Event()
        assassin = Assassin()
        shoppers = [Shopper(str(number), address, assassin) for number in range(CLIENTS)]
        sending = [asyncio.create_task(shopper.run(closing)) for shopper in shoppers]
        for kill in range(KILLS + 1):
            forker.stdin.write(b"one more\n")
            child = int(await forker.stdout.readline())
            if kill == KILLS:  # the last one lives until everything in flight is acknowledged
                closing.set()
                await asyncio.wait_for(asyncio.gather(*sending), 30)
                os.kill(child, signal.SIGKILL)
            else:
                life = stable_id("life", str(kill)) % LONGEST_LIFE_MS
                await asyncio.sleep(0.03 + life / 1000)
                await assassin.kill(child, at_an_acknowledgement=kill % 2 == 0)
        forker.stdin.close()
        assert await forker.wait() == 0
        return shoppers


@pytest.mark.slow
def test_every_acknowledged_delivery_survives_two_hundred_kills(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'regulars.db'}"
    engine = inbox_engine(url)
    with engine.begin() as connection:
        upgrade_inbox(connection)
    engine.dispose()

    shoppers = asyncio.run(kill_again_and_again(url))

    acknowledged = {delivery_id for shopper in shoppers for delivery_id in shopper.acknowledged}
    with sqlite3.connect(make_url(inbox_url(url)).database or "") as inbox:
        stored = dict(inbox.execute("SELECT delivery_id, body FROM inbox"))
        times_stored = Counter(
            delivery_id for (delivery_id,) in inbox.execute("SELECT delivery_id FROM inbox")
        )
        (integrity,) = inbox.execute("PRAGMA integrity_check").fetchone()
    inbox.close()
    assert integrity == "ok"
    assert acknowledged - stored.keys() == set()
    assert set(times_stored.values()) == {1}
    assert stored.keys() == acknowledged, "every delivery was sent until it was acknowledged"
    assert all(body == body_of(delivery_id) for delivery_id, body in stored.items())
    assert len(acknowledged) > KILLS
    assert sum(shopper.resent for shopper in shoppers) > KILLS, "the kills must have hit deliveries in flight"
