"""Personal identity numbers: encrypted at rest, searched by keyed hash, never shown in full."""

import base64
import functools
import hmac
from dataclasses import dataclass
from hashlib import sha256

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


@dataclass(frozen=True)
class Sealed:
    """An encrypted identity number and the version of the key that opens it."""

    version: str
    data: bytes


def _keys() -> dict[str, bytes]:
    return _read(tuple(settings.IDENTITY_KEYS))


@functools.cache
def _read(entries: tuple[str, ...]) -> dict[str, bytes]:
    pairs = (entry.split(":", 1) for entry in entries)
    return {version: base64.b64decode(key) for version, key in pairs}


@functools.cache
def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose).derive(key)


def encrypt(number: str, nonce: bytes) -> Sealed:
    """Encrypt with the newest key. `nonce` is 12 bytes, new for each number (synthetic loads derive it)."""
    version, key = next(iter(_keys().items()))
    cipher = AESGCMSIV(_derived(key, b"identity encryption"))
    return Sealed(version, nonce + cipher.encrypt(nonce, number.encode(), None))


def decrypt(sealed: Sealed) -> str:
    """Open a sealed number; raises KeyError when its key version is no longer configured."""
    cipher = AESGCMSIV(_derived(_keys()[sealed.version], b"identity encryption"))
    return cipher.decrypt(sealed.data[:12], sealed.data[12:], None).decode()


def keyed_hash(number: str) -> str:
    """Hex HMAC-SHA-256 of the number under the oldest key, which therefore is never dropped."""
    key = list(_keys().values())[-1]
    return hmac.new(_derived(key, b"identity search"), number.encode(), sha256).hexdigest()
