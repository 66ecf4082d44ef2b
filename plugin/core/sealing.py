"""Secrets at rest: sealed under a ring of keys, each bound to one purpose.

The newest key seals; every key of the ring unseals, so a key is rotated by putting a new one in front and
re-sealing what there is. A value sealed for one purpose cannot be passed off as another's.
"""

from base64 import urlsafe_b64encode
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MIN_KEY_LENGTH = 16  # characters; shorter ones can be guessed from one stolen database
_FERNET_KEY_BYTES = 32


class WeakKeyError(ValueError):
    """REGULARS_SECRET_KEYS needs at least one key, and every key at least 16 characters."""


class UnsealError(Exception):
    """No key of the ring opens this value. Put the key that sealed it back into REGULARS_SECRET_KEYS."""


class Sealer:
    """Authenticated encryption with a ring of `keys`, newest first. Keys may be any long random text."""

    __slots__ = ("_keys", "_rings")

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = checked_keys(keys)
        self._rings: dict[str, tuple[Fernet, ...]] = {}

    def seal(self, value: bytes, purpose: str) -> str:
        """Encrypt `value`; printable, and different every time."""
        return self._ring(purpose)[0].encrypt(value).decode("ascii")

    def unseal(self, sealed: str, purpose: str) -> bytes:
        """Return what `seal` was given for the same `purpose`; raises `UnsealError`."""
        for fernet in self._ring(purpose):
            try:
                return fernet.decrypt(sealed.encode())
            except InvalidToken:
                continue
        raise UnsealError(f"a value sealed for {purpose!r} cannot be opened with the present keys")

    def rotate(self, sealed: str, purpose: str) -> str:
        """Seal anew under the newest key; raises `UnsealError`."""
        return self.seal(self.unseal(sealed, purpose), purpose)

    def is_newest(self, sealed: str, purpose: str) -> bool:
        """True when the newest key alone opens `sealed`, so that rotation has nothing left to do."""
        try:
            self._ring(purpose)[0].decrypt(sealed.encode())
        except InvalidToken:
            return False
        return True

    def __repr__(self) -> str:
        return f"Sealer({len(self._keys)} keys)"

    def _ring(self, purpose: str) -> tuple[Fernet, ...]:
        if purpose not in self._rings:
            derived = (derived_key(key, f"seal/{purpose}") for key in self._keys)
            self._rings[purpose] = tuple(Fernet(urlsafe_b64encode(key)) for key in derived)
        return self._rings[purpose]


def checked_keys(keys: Sequence[str]) -> tuple[str, ...]:
    """The ring, or `WeakKeyError`."""
    if not keys or any(len(key) < MIN_KEY_LENGTH for key in keys):
        raise WeakKeyError(
            f"REGULARS_SECRET_KEYS needs at least one key and {MIN_KEY_LENGTH} characters in each; "
            "make one with: python -c 'import secrets; print(secrets.token_urlsafe(32))'"
        )
    return tuple(keys)


def derived_key(key: str, purpose: str) -> bytes:
    """32 bytes that follow from `key` and `purpose` (HKDF-SHA256, RFC 5869) and reveal neither."""
    info = b"regulars/" + purpose.encode()
    return HKDF(algorithm=SHA256(), length=_FERNET_KEY_BYTES, salt=None, info=info).derive(key.encode())
