"""A plan as YAML again: what `load_plan` reads back to an equal plan."""

from __future__ import annotations

import json
import re
from typing import Any

from auditor.plan.fields import AuditPlan

_BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_./:-]*[A-Za-z0-9_]|[A-Za-z_]")
_NOT_BARE = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")  # line breaks and non-characters to YAML, not to JSON


def plan_yaml(plan: AuditPlan) -> str:
    """Every key of the plan, defaults written out, as YAML 1.2; the same text for equal plans."""
    return "\n".join(_lines(plan.model_dump(mode="json"), "")) + "\n"


def _lines(value: dict[str, Any] | list[Any], indent: str) -> list[str]:
    lines: list[str] = []
    items = [(f"{_text(key)}:", item) for key, item in value.items()] if isinstance(value, dict) else [("-", v) for v in value]
    for head, item in items:
        if isinstance(item, dict | list) and item and not _flat(item):
            lines += [f"{indent}{head}", *_lines(item, indent + "  ")]
        else:
            lines.append(f"{indent}{head} {_inline(item)}")
    return lines


def _flat(value: Any) -> bool:
    return isinstance(value, list) and not any(isinstance(item, dict | list) for item in value)


def _inline(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_inline(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{}"
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _text(text: str) -> str:
    if _BARE.fullmatch(text) and text.lower() not in _NOT_BARE:
        return text
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(text, ensure_ascii=False))
