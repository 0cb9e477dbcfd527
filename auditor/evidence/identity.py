"""Ids of samples as keyed hashes: stable for whoever holds the key, meaningless to everyone else.

The key lives outside every run directory: in the file named by AUDITOR_ID_KEY, else in the user's configuration folder, where
it is made on first use. It is never printed; `fingerprint` says which key was used.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from auditor.errors import AuditError

DIGITS = 20
"""Hexadecimal digits of a hashed id: 80 bits, so that a million samples collide with a chance below 1e-12."""

_LEAST_BYTES = 16


def id_key_path() -> Path:
    """Where the key is, or will be made."""
    named = os.environ.get("AUDITOR_ID_KEY", "")
    if named:
        return Path(named).expanduser()
    try:
        home = os.environ.get("XDG_CONFIG_HOME", "") or str(Path.home() / ".config")
    except RuntimeError as error:
        raise _cannot(Path("~/.config/auditor/id.key"), str(error)) from error
    return Path(home) / "auditor" / "id.key"


def id_key() -> bytes:
    """The key; made (32 random bytes, readable by the owner only) when the configuration folder has none.

    Raises:
        AuditError: the file is unreadable or too short, or AUDITOR_ID_KEY names one that does not exist: making a new key
            there would silently give every sample another id.
    """
    path = id_key_path()
    try:
        if not path.exists() and not os.environ.get("AUDITOR_ID_KEY"):
            _make(path)
        key = path.read_bytes().strip()
    except (OSError, ValueError) as error:
        raise _cannot(path, getattr(error, "strerror", None) or str(error)) from error
    if len(key) < _LEAST_BYTES:
        raise AuditError(
            "The key for sample ids is too short to protect them.",
            found=f"{path}: {len(key)} bytes",
            expected=f"at least {_LEAST_BYTES} random bytes",
            fix="delete the file and run again: a new key is made; ids of earlier audits then no longer match",
        )
    return key


def hashed_id(key: bytes, sample_id: str) -> str:
    """The first 20 hexadecimal digits of HMAC-SHA256(key, id in UTF-8)."""
    return hmac.new(key, sample_id.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:DIGITS]


def fingerprint(key: bytes) -> str:
    """Which key was used, without saying anything about it: 16 hexadecimal digits of a double SHA-256 of the key."""
    return hashlib.sha256(b"auditor id key\0" + hashlib.sha256(key).digest()).hexdigest()[:16]


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_hex(32).encode() + b"\n")
        os.link(partial, path)  # fails where another process was faster: one key wins, and both then read it
    except FileExistsError:
        pass
    finally:
        partial.unlink(missing_ok=True)


def _cannot(path: Path, reason: str) -> AuditError:
    return AuditError(
        "The key that sample ids are hashed with cannot be read or made.",
        found=f"{path}: {reason}",
        expected="a readable file of at least 16 random bytes",
        fix=f"make one: (umask 077; head -c 32 /dev/urandom | base64 > {path}); or name yours in AUDITOR_ID_KEY; "
        "or write `ids: plain` under `data:` where ids identify nobody",
    )
