"""Core values as bytes and back. Only this module knows how they look at rest."""

from typing import Any, get_args

import msgspec
from pydantic import TypeAdapter

from plugin.core.customers import CustomerState
from plugin.core.events import ABSENT, CustomerEvent

_STATE = msgspec.json.Decoder(CustomerState)
_encoder = msgspec.json.Encoder()
_KINDS = {cls.__name__: TypeAdapter(cls) for cls in get_args(CustomerEvent)}


def encode_state(state: CustomerState) -> bytes:
    return _encoder.encode(state)


def decode_state(body: bytes) -> CustomerState:
    return _STATE.decode(body)


def encode_event(event: CustomerEvent) -> bytes:
    return _encoder.encode(event)


def decode_event(kind: str, body: bytes) -> CustomerEvent:
    """The event that `encode_event` wrote. What was absent then is absent again."""
    fields: dict[str, Any] = msgspec.json.decode(body)
    contact = fields.get("contact")
    if contact is not None:
        fields["contact"] = {name: value for name, value in contact.items() if value != ABSENT.value}
    event: CustomerEvent = _KINDS[kind].validate_python(fields)
    return event
