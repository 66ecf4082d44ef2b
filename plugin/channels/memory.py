"""Mail that stays here: for the demo's mailbox and for tests. The bytes are those SMTP would carry."""

from collections.abc import Callable
from datetime import datetime

from plugin.channels.mime import RefusedMessageError, compose
from plugin.core.messages import Attempt, Message, Outcome, Phase

Keep = Callable[[Message, bytes, datetime], None]
"""Called with the message, its bytes as they would go out, and the moment."""


HasKept = Callable[[str], bool]
"""Whether the message of an effect key has been kept."""


class MemoryChannel:
    """Hands each composed message to `keep` instead of a server; refuses what SMTP would refuse."""

    id = "memory"

    def __init__(
        self, keep: Keep, *, has_kept: HasKept | None = None, allow_loopback_links: bool = True
    ) -> None:
        self._keep = keep
        self._has_kept = has_kept
        self._allow_loopback_links = allow_loopback_links

    def send(self, message: Message, now: datetime) -> Attempt:
        try:
            wire = compose(message, now, allow_loopback_links=self._allow_loopback_links)
        except RefusedMessageError as error:
            return Attempt(outcome=Outcome.HARD_FAILED, phase=Phase.CONNECT, reason=error.reason)
        self._keep(message, wire.raw, now)
        return Attempt(outcome=Outcome.SENT, phase=Phase.ANSWERED, reason="kept")

    def was_taken(self, effect_key: str) -> bool | None:
        return None if self._has_kept is None else self._has_kept(effect_key)
