"""Mistakes under `data.text`, and in how several labels of one row are written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from auditor.errors import AuditError
from auditor.plan.mistakes import Mistake, shown, value_at
from auditor.plan.written import Values, texts
from auditor.plan.yaml_text import Path


def text_mistakes(values: Values) -> Iterator[Mistake]:
    """All of them, each with its place in the plan."""
    yield from _separator(values)
    text = value_at(values, ("data", "text"))
    if isinstance(text, Mapping):
        yield from _readers(text)
        yield from _roles(values, text)


def _separator(values: Values) -> Iterator[Mistake]:
    if value_at(values, ("model", "multi_label")) is True:
        return
    for part in ("table", "text"):
        mark = value_at(values, ("data", part, "label_separator"))
        if isinstance(mark, str):
            mistake = AuditError(
                "Several labels a row are for models that give several.",
                found=f"`label_separator: {shown(mark)}`, without `model.multi_label`",
                expected="`multi_label: true` and `head: sigmoid` under `model:`",
                fix="add them, or delete `label_separator:`",
            )
            yield ("data", part, "label_separator"), mistake


def _readers(text: Mapping[str, object]) -> Iterator[Mistake]:
    if text.get("tokenizer") is not None and text.get("vocabulary") is not None:
        mistake = AuditError(
            "The texts have two ways to become token numbers.",
            found="`tokenizer` and `vocabulary`",
            expected="one of them: a tokenizer.json, or a list of words",
            fix="delete one of the two",
        )
        yield ("data", "text", "vocabulary"), mistake
    if text.get("lowercase") is not None and text.get("vocabulary") is None:
        mistake = AuditError(
            "`data.text.lowercase` goes with `vocabulary`.",
            found=f"`lowercase: {shown(text.get('lowercase'))}` without one",
            expected="a tokenizer says itself how it treats capitals",
            fix="delete `lowercase:`",
        )
        yield ("data", "text", "lowercase"), mistake


def _roles(values: Values, text: Mapping[str, object]) -> Iterator[Mistake]:
    roles = {str(text.get("column", "text")): "column"}
    stated: list[tuple[Path, str, str]]
    stated = [(("data", "text", key), str(text[key]), key) for key in ("label", "id") if text.get(key) is not None]
    stated += [(path, name, "ignored") for path, name in texts(values, "data", "text", "ignored")]
    for path, name, key in stated:
        if roles.get(name, key) != key:
            mistake = AuditError(
                f"The column `{shown(name)}` has two roles.",
                found=f"{roles[name]} and {key}",
                expected="one of column, label, id, ignored",
                fix="delete it in one of the two places",
            )
            yield path, mistake
        roles[name] = key
