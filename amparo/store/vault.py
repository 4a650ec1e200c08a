"""Keys, pseudonyms and encryption.

Every conversation has a data key of its own, wrapped by the master keys of the environment (MultiFernet: the first key
wraps, all unwrap, so keys rotate). Whoever has the database without the environment reads nothing; whoever deletes the
conversation's row deletes its key.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from amparo.core.errors import NotFound

CACHED_KEYS = 2048


class DataKey:
    """Encrypts and decrypts for one conversation."""

    def __init__(self, key: bytes) -> None:
        self._fernet = Fernet(key)

    def seal(self, value: Any) -> bytes:
        """Any JSON-able value as an encrypted token."""
        return self._fernet.encrypt(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())

    def open(self, token: bytes | None) -> Any:
        """What `seal` took; None for an empty token. Raises NotFound where the key does not fit."""
        if not token:
            return None
        try:
            return json.loads(self._fernet.decrypt(bytes(token)))
        except InvalidToken:
            raise NotFound("sealed with another key") from None


class Vault:
    """Master keys, pseudonyms, and a small cache of unwrapped data keys."""

    def __init__(self, master_keys: Sequence[str], pseudonym_key: str) -> None:
        """`master_keys`: Fernet keys, newest first. `pseudonym_key`: any secret of 32 bytes or more."""
        self._master = MultiFernet([Fernet(key) for key in master_keys])
        self._pseudonym_key = pseudonym_key.encode()
        self._cache: OrderedDict[bytes, DataKey] = OrderedDict()

    def digest(self, *parts: str) -> str:
        """Keyed hash (HMAC-SHA256, hex) of the parts; the same parts give the same digest on this installation only."""
        message = "\x1f".join(parts).encode()
        return hmac.new(self._pseudonym_key, message, hashlib.sha256).hexdigest()

    def person(self, channel: str, address: str) -> str:
        """The pseudonym under which a conversation is found again; says nothing about the address."""
        return self.digest("person", channel, address)

    def provider_ref(self, channel: str, provider_id: str) -> str:
        """The remembered form of a provider's message id; survives deletion without text or person."""
        return self.digest("message", channel, provider_id)

    def new_key(self) -> tuple[DataKey, bytes]:
        """A fresh data key and its wrapped form."""
        key = Fernet.generate_key()
        wrapped = self._master.encrypt(key)
        return self._remember(wrapped, DataKey(key)), wrapped

    def unwrap(self, wrapped: bytes) -> DataKey:
        """The data key of a conversation. Raises NotFound where no master key fits."""
        wrapped = bytes(wrapped)
        known = self._cache.get(wrapped)
        if known is not None:
            self._cache.move_to_end(wrapped)
            return known
        try:
            return self._remember(wrapped, DataKey(self._master.decrypt(wrapped)))
        except InvalidToken:
            raise NotFound("no master key fits") from None

    def rewrap(self, wrapped: bytes) -> bytes:
        """The same data key under the newest master key."""
        return self._master.rotate(bytes(wrapped))

    def forget(self, wrapped: bytes) -> None:
        """Drops a data key from memory, after deletion."""
        self._cache.pop(bytes(wrapped), None)

    def seal(self, value: Any) -> bytes:
        """Encrypts under the master key, for staff data that belongs to no conversation."""
        return self._master.encrypt(json.dumps(value, ensure_ascii=False).encode())

    def open(self, token: bytes | None) -> Any:
        """What `seal` took, or None."""
        return json.loads(self._master.decrypt(bytes(token))) if token else None

    def _remember(self, wrapped: bytes, key: DataKey) -> DataKey:
        self._cache[wrapped] = key
        while len(self._cache) > CACHED_KEYS:
            self._cache.popitem(last=False)
        return key


def new_id() -> str:
    """A random identifier of 128 bits, 32 hexadecimal characters; carries no meaning."""
    return secrets.token_hex(16)
