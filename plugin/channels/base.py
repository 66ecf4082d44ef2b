"""What every channel promises: one message in, one named outcome out."""

from datetime import datetime
from typing import Protocol

from plugin.core.messages import Attempt, Message


class Channel(Protocol):
    """Carries one message to one person.

    `send` does not raise for anything a network, a provider or a message can do: each is an `Attempt`. It holds
    no state between two sends that one could spoil for the other, and writes no address or body to any log.
    """

    @property
    def id(self) -> str: ...

    def send(self, message: Message, now: datetime) -> Attempt: ...

    def was_taken(self, effect_key: str) -> bool | None:
        """Whether the provider has this message, asked after a doubt; None where it cannot say."""
        ...
