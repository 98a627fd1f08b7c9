"""Sealing of personal data: AES-256-GCM under a ring of keys that never lie in the database; no table knows a key.

A sealed value is `version ‖ key id ‖ nonce ‖ ciphertext`. It opens only with the same associated data (table, column,
row), so that a value copied to another row does not open there.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = 1
KEY_BYTES = 32
NONCE_BYTES = 12
HEADER_BYTES = 5  # version, then the key's number in four bytes
DATA_KEY_NUMBER = 0  # marks a value sealed under a person's own key, not under the ring


class CannotOpen(Exception):
    """A sealed value does not open: another key, another row, or it was changed. The message holds no content."""


class BadKeyRing(ValueError):
    """The configured keys make no sense."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Numbered keys; the newest seals, all open."""

    keys: Mapping[int, bytes] = field(repr=False)

    @property
    def newest(self) -> int:
        """The number of the key that seals."""
        return max(self.keys)

    @classmethod
    def parse(cls, text: str) -> KeyRing:
        """The ring of a setting like "1:base64…,2:base64…". Raises BadKeyRing with a sentence."""
        keys: dict[int, bytes] = {}
        for part in filter(None, (each.strip() for each in text.split(","))):
            number, _, encoded = part.partition(":")
            try:
                key = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
            except (binascii.Error, ValueError) as error:
                raise BadKeyRing("A data key is a number, a colon and 32 bytes in base64.") from error
            if not number.isascii() or not number.isdigit() or int(number) < 1 or len(key) != KEY_BYTES:
                raise BadKeyRing("A data key is a number, a colon and 32 bytes in base64.")
            keys[int(number)] = key
        if not keys:
            raise BadKeyRing("There must be at least one data key.")
        return cls(keys)

    def seal(self, plain: bytes, *, bound_to: str) -> bytes:
        """Seal under the newest key. `bound_to` names table, column and row."""
        return _seal(self.keys[self.newest], self.newest, plain, bound_to)

    def open(self, sealed: bytes, *, bound_to: str) -> bytes:
        """The plain bytes. Raises CannotOpen."""
        number = key_number(sealed)
        if number not in self.keys:
            raise CannotOpen(f"The data key {number} is not in the ring.")
        return _open(self.keys[number], sealed, bound_to)


def new_key() -> bytes:
    """A fresh key, also for one person's data."""
    return os.urandom(KEY_BYTES)


def seal_for_person(key: bytes, plain: bytes, *, bound_to: str) -> bytes:
    """Seal under a person's own data key, which itself lies sealed by the ring."""
    return _seal(key, DATA_KEY_NUMBER, plain, bound_to)


def open_for_person(key: bytes, sealed: bytes, *, bound_to: str) -> bytes:
    """Open what `seal_for_person` sealed. Raises CannotOpen."""
    if key_number(sealed) != DATA_KEY_NUMBER:
        raise CannotOpen("This value is not sealed under a person's key.")
    return _open(key, sealed, bound_to)


def is_sealed(value: bytes) -> bool:
    """True for bytes that have the shape of a sealed value; nothing else may go into a sealed column."""
    return len(value) >= HEADER_BYTES + NONCE_BYTES + 16 and value[0] == VERSION


def key_number(sealed: bytes) -> int:
    """The number of the key that sealed a value. Raises CannotOpen for bytes of another shape."""
    if not is_sealed(sealed):
        raise CannotOpen("These bytes are no sealed value.")
    return int.from_bytes(sealed[1:HEADER_BYTES], "big")


def _seal(key: bytes, number: int, plain: bytes, bound_to: str) -> bytes:
    header = bytes([VERSION]) + number.to_bytes(4, "big")
    nonce = os.urandom(NONCE_BYTES)
    return header + nonce + AESGCM(key).encrypt(nonce, plain, header + bound_to.encode())


def _open(key: bytes, sealed: bytes, bound_to: str) -> bytes:
    header, nonce, body = sealed[:HEADER_BYTES], sealed[HEADER_BYTES : HEADER_BYTES + NONCE_BYTES], sealed[17:]
    try:
        return AESGCM(key).decrypt(nonce, body, header + bound_to.encode())
    except InvalidTag as error:
        raise CannotOpen("A sealed value does not open: it was changed, moved, or sealed under another key.") from error
