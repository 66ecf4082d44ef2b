"""The power goes out at every commit of the main stories, just before it and just after: enumerated, not sampled."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Literal

import pytest

from plugin.core.events import CustomerEvent
from plugin.core.keys import shop_id_of
from plugin.jobs.abandoned_cart import abandoned_cart
from plugin.jobs.loyalty_rewards import loyalty_rewards
from plugin.jobs.reengagement import reengagement
from plugin.jobs.segments import flip_members
from plugin.jobs.upkeep import deliver_messages
from plugin.pipeline.deliver import DOUBT_WINDOW, LEASE, settle_doubts
from plugin.shopify.fake_shop import FakeShop
from plugin.store import customers, doubts, ledger
from plugin.store.unit_of_work import Database, Unit
from tests.builders import DAY, HOUR, MINA_ID, NOW
from tests.pipeline.crashes import SimulatedCrash, restarted
from tests.pipeline.stories import abandons, mina, orders
from tests.world import World

Moment = Literal["before", "after"]
_unit = Database.unit


@dataclass
class Fuse:
    """Counts commits, and blows at one of them."""

    blows_at: int | None = None
    moment: Moment = "before"
    burnt: Iterator[int] = field(default_factory=lambda: count(1))
    commits: int = 0

    @contextmanager
    def unit(self, database: Database, shop_id: int) -> Iterator[Unit]:
        with _unit(database, shop_id) as unit:
            yield unit
            self.commits = next(self.burnt)
            blows = self.commits == self.blows_at
            if blows and self.moment == "before":
                raise SimulatedCrash
        if blows:
            raise SimulatedCrash


@dataclass
class Life:
    """One shop's story, in a world that dies once and is started again."""

    world: World
    shop: str

    @property
    def shop_id(self) -> int:
        return shop_id_of(self.shop)

    def hear(self, *facts: CustomerEvent) -> None:
        self._survive(lambda: self.world.hear(*facts, domain=self.shop))

    def work(self) -> None:
        """Everything that is due, job by job, as the worker does it."""
        self._survive(self._work)

    def wait(self, by: timedelta) -> None:
        self.world.clock.at += by
        self.work()

    def _work(self) -> object:
        tools, now = self.world.house.tools, self.world.clock.at
        while sum(job(tools, now) for job in _JOBS) + self._settle_doubts():
            pass
        return None

    def _settle_doubts(self) -> int:
        """As the job does, for this shop alone: those of earlier crashes are done with."""
        with self.world.database.reading(self.shop_id) as unit:
            if not doubts.in_doubt_since(unit, self.world.clock.at - DOUBT_WINDOW):
                return 0
        with self.world.database.unit(self.shop_id) as unit:
            return settle_doubts(unit, self.world.clock.at)

    def _survive(self, act: Callable[[], object]) -> None:
        """What was cut off is done again: the inbox hands a delivery out again, a job ticks again."""
        try:
            act()
        except SimulatedCrash:
            self.world = restarted(self.world)
            self.world.clock.at += LEASE
            act()
            self._work()


_JOBS = (abandoned_cart, loyalty_rewards, reengagement, flip_members, deliver_messages)


def a_checkout_is_left_and_ordered_after_two_reminders(life: Life) -> None:
    start = life.world.clock.at
    life.hear(*mina(start - 30 * DAY))
    life.hear(abandons(at=start))
    life.wait(HOUR)
    life.wait(25 * HOUR)
    life.hear(orders(1, at=life.world.clock.at))
    life.wait(5 * DAY)


def points_become_a_reward(life: Life) -> None:
    start = life.world.clock.at
    life.hear(*mina(start - 30 * DAY))
    life.hear(orders(1, at=start, product_minor=30_000))
    life.hear(orders(2, at=start, product_minor=25_000))
    life.work()
    life.wait(HOUR)
    life.wait(2 * DAY)
    life.wait(2 * DAY)


def a_regular_becomes_quiet_and_returns(life: Life) -> None:
    start = life.world.clock.at
    life.hear(*mina(start - 90 * DAY))
    life.hear(orders(1, at=start - 60 * DAY), orders(2, at=start - 30 * DAY))
    life.work()
    life.wait(300 * DAY)
    life.wait(8 * DAY)
    life.hear(orders(3, at=life.world.clock.at))
    life.wait(5 * DAY)


@dataclass(frozen=True)
class Story:
    tell: Callable[[Life], None]
    messages: tuple[str, ...]
    """The steps that were sent if nothing crashed."""
    ends: tuple[str, ...]
    codes: int = 0


STORIES = (
    Story(
        tell=a_checkout_is_left_and_ordered_after_two_reminders,
        messages=("reminder_1", "reminder_2"),
        ends=("ordered",),
    ),
    Story(tell=points_become_a_reward, messages=("reward",), ends=("completed",), codes=1),
    Story(
        tell=a_regular_becomes_quiet_and_returns,
        messages=("still_here", "we_miss_you"),
        ends=("completed",),
    ),
)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.tell.__name__)
def test_a_crash_at_any_commit_loses_nothing_and_doubles_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, story: Story, moment: Moment
) -> None:
    whole = Fuse()
    _count_with(monkeypatch, whole)
    life = _a_life(world, 0)
    whole.burnt = count(1)
    story.tell(life)
    commits = whole.commits
    assert _sent(life) == Counter(story.messages)
    _holds(life, story, may_lose=0)

    for k in range(1, commits + 1):
        fuse = Fuse()
        _count_with(monkeypatch, fuse)
        life = _a_life(life.world, k)
        fuse.burnt, fuse.blows_at, fuse.moment = count(1), k, moment
        story.tell(life)
        assert fuse.commits >= k, "the story must have reached the commit that failed"
        _holds(life, story, may_lose=1)
    life.world.house.close()


def _count_with(monkeypatch: pytest.MonkeyPatch, fuse: Fuse) -> None:
    def unit(database: Database, shop_id: int) -> AbstractContextManager[Unit]:
        return fuse.unit(database, shop_id)

    monkeypatch.setattr(Database, "unit", unit)


def _a_life(world: World, number: int) -> Life:
    """A shop of its own for every crash, in one database; time begins again."""
    shop = f"shop-{number}.myshopify.com"
    world.clock.at = NOW
    world.mail.sent.clear()
    world.admin.shops[shop_id_of(shop)] = FakeShop(domain=shop)
    world.install(shop)
    return Life(world=world, shop=shop)


def _sent(life: Life) -> Counter[str]:
    mine = [message for message in life.world.mail.sent if message.effect_key.startswith(f"{life.shop_id}:")]
    return Counter(message.effect_key.rpartition(":")[2] for message in mine)


def _holds(life: Life, story: Story, *, may_lose: int) -> None:
    world, shop_id = life.world, life.shop_id
    rows = world.rows("SELECT * FROM outbox WHERE shop_id = :mine AND kind = 'message'", mine=shop_id)
    assert sorted(row.step_id for row in rows) == sorted(story.messages)
    sent = _sent(life)
    doubtful = {row.step_id for row in rows if row.state == "in_doubt"}
    assert len(doubtful) <= may_lose
    for row in rows:
        assert row.state in {"sent", "in_doubt"}, (row.step_id, row.state, row.reason)
        if row.state == "sent" and row.attempts == 1:
            assert sent[row.step_id] == 1
        else:  # cut off: not sent, or sent unnoticed; a reward is then worth one more copy
            assert sent[row.step_id] <= row.attempts <= (2 if row.flow_id == "loyalty_reward" else 1)
            assert sent[row.step_id] >= (1 if row.flow_id == "loyalty_reward" else 0)

    codes = world.admin.shops[shop_id].discounts
    assert len(codes) == story.codes
    promised = world.rows("SELECT code, state FROM redemptions WHERE shop_id = :mine", mine=shop_id)
    assert {(row.code.lower(), row.state) for row in promised} == {(code, "issued") for code in codes}

    ends = world.rows("SELECT end_reason FROM enrollments WHERE shop_id = :mine", mine=shop_id)
    assert tuple(sorted(str(row.end_reason) for row in ends)) == story.ends
    assert (
        world.rows("SELECT COALESCE(sum(points), 0) FROM postings WHERE shop_id = :mine", mine=shop_id)[0][0]
        == 0
    )
    with world.database.reading(shop_id) as unit:
        (person,) = customers.load(unit, [MINA_ID]).values()
        assert person.points == ledger.balance_of(unit, MINA_ID)
    open_leases = world.rows(
        "SELECT * FROM shop_queue WHERE shop_id = :mine AND next_due <= :now",
        mine=shop_id,
        now=world.clock.at,
    )
    assert open_leases == []
