"""The buttons of the demo bar: what each does, and what the page says afterwards."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from devstore.config import DemoControls
from devstore.frame.acts import DemoActs
from devstore.frame.words import Words
from devstore.services import Services

_HEARD_WITHIN = 3.0  # seconds that an act waits for the app to have heard of it
_JUMPS = {"hour": timedelta(hours=1), "day": timedelta(days=1)}

Said = dict[str, str]
"""`message`, and where there is more to see `href` with its `label`."""


@dataclass(frozen=True, slots=True)
class DemoBar:
    services: Services
    controls: DemoControls

    def button(self, name: str, words: Words) -> Callable[[], Said] | None:
        """What the button called `name` does, or None where there is no such button."""
        config = self.services.config
        acts = DemoActs(self.services.shoppers(config.shop), self.services.store(config.shop))
        match name:
            case "abandon":
                return lambda: self._come_by(acts.abandon, words)
            case "guest":
                return lambda: self._come_by(acts.abandon_as_guest, words)
            case "order":
                return lambda: self._come_by(acts.order, words)
            case "big-order":
                return lambda: self._come_by(acts.order_much, words) | self._link(words)
            case "hour" | "day":
                return lambda: self._jump(_JUMPS[name], words)
            case "reset":
                return lambda: self._reset(words)
            case _:
                return None

    def _come_by(self, act: Callable[[Words], str], words: Words) -> Said:
        message = act(words)
        # Whoever moves the clock right after this must not overtake the webhooks that tell of it.
        self.services.courier.settled(_HEARD_WITHIN)
        return {"message": message}

    def _jump(self, by: timedelta, words: Words) -> Said:
        before = {entry.id for entry in self.controls.mailbox()}
        self.controls.move_clock(by)
        arrived = sum(entry.id not in before for entry in self.controls.mailbox())
        now = words.time(self.controls.now())
        message = words.say("said_time", time=now, count=words.count(arrived))
        return {"message": message} | (self._link(words) if arrived else {})

    def _reset(self, words: Words) -> Said:
        self.controls.reset()
        return {"message": words["said_reset"]}

    def _link(self, words: Words) -> Said:
        return {"href": f"{self.services.config.prefix}/mailbox", "label": words["read_mail"]}
