"""The base of everything that is stored: frozen, no unknown fields, no NaN or infinity, canonical JSON."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A typed, immutable piece of evidence. Unknown fields and non-finite numbers are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def canonical_json(value: Any) -> bytes:
    """UTF-8 JSON with sorted keys and no spaces: one value, one sequence of bytes, one digest.

    Floats are written as Python's shortest round-trip form. NaN and infinity raise ValueError.
    """
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json")
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")


def sha256(value: bytes) -> str:
    """Hexadecimal SHA-256 of bytes."""
    return hashlib.sha256(value).hexdigest()
