"""From `audit.yaml` and `--set` to an `AuditPlan`, or to every mistake in them at once."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from auditor.errors import AuditError, PlanMistakes
from auditor.plan.checks import mistakes_in
from auditor.plan.data_fields import short_columns
from auditor.plan.digest import differences, evidence_part, evidence_sha256, thresholds_sha256
from auditor.plan.fields import AuditPlan, short_method
from auditor.plan.mistakes import dotted, from_pydantic, part_of, shown, type_at, value_at
from auditor.plan.model_fields import short_weights
from auditor.plan.yaml_text import MAX_BYTES, YamlText, parse_yaml

__all__ = [
    "PlanSource",
    "check_plan",
    "differences",
    "evidence_part",
    "evidence_sha256",
    "load_plan",
    "plan_json_schema",
    "thresholds_sha256",
]


@dataclass(frozen=True)
class PlanSource:
    """A plan and where it came from: relative paths in it are relative to `folder`."""

    plan: AuditPlan
    folder: Path
    path: Path | None = None
    lines: Mapping[str, int] = field(default_factory=dict)
    """Dotted key -> line, from 1: "primary.steps", "gates.0", "gates.0.result"."""


def load_plan(path: str | Path, overrides: Mapping[str, str] | None = None) -> PlanSource:
    """Read a plan file.

    Args:
        path: the YAML file.
        overrides: dotted key -> YAML text of its value, such as {"primary.steps": "10"}; they replace what the file says.

    Raises:
        AuditError: the file cannot be read as YAML.
        PlanMistakes: it can, and says something wrong; holds every mistake.
    """
    path = Path(path)
    name = path.name
    document = parse_yaml(_text(path), name)
    if not isinstance(document.value, dict):
        found = "nothing" if document.value is None else shown(document.value)
        raise AuditError(
            f"{name} is no audit plan.", found=found, expected="`key: value` lines: name, model, data, methods, …",
            fix="start from the plan of an example audit; `auditor schema plan` prints every key",
        )  # fmt: skip
    values = _without_blanks(_long_forms(document.value))
    problems = [(dotted(("--set", key)), _override(values, key, text)) for key, text in (overrides or {}).items()]
    wrong = [problem for _, problem in problems if problem is not None]
    plan = _checked(_without_blanks(values), name, document, tuple(overrides or ()), wrong)
    return PlanSource(plan, path.absolute().parent, path, {dotted(key): line for key, line in document.lines.items()})


def check_plan(values: Mapping[str, Any], source: str = "the plan") -> AuditPlan:
    """An `AuditPlan` from a mapping built in code, with the same checks and messages as a file.

    Raises:
        PlanMistakes: it holds every mistake.
    """
    return _checked(_without_blanks(_long_forms(dict(values))), source, YamlText({}, {}), (), [])


def plan_json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of `audit.yaml`, for editors and other tools."""
    schema = AuditPlan.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "auditor plan (audit.yaml)"}


def _text(path: Path) -> str:
    fix = "give the path of the plan: `auditor run PATH/audit.yaml`"
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            inside = next((path / n for n in ("audit.yaml", "plan.yaml") if (path / n).is_file()), None)
            raise AuditError(
                f"{path} is a folder, not a plan.",
                found="a folder",
                expected="a YAML file",
                fix=f"give {inside}" if inside else fix,
            )
        with path.open("rb") as handle:
            content = handle.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise AuditError(f"The plan {shown(path)} cannot be read.", found=reason, expected="a YAML file", fix=fix) from error
    if len(content) > MAX_BYTES:
        raise AuditError(
            f"{path.name} is too large for a plan.", found=f"over {MAX_BYTES:,} bytes", expected="a YAML file", fix=fix
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        text = "\0"
        found = f"byte {error.start} is not UTF-8"
    else:
        found = "NUL bytes"
    if "\0" in text:
        raise AuditError(
            f"{path.name} is no text file.", found=found, expected="YAML in UTF-8", fix=fix + ", or save it as UTF-8"
        )
    return text


def _long_forms(values: dict[str, Any]) -> dict[str, Any]:
    """A deep copy with `weights: FILE`, `methods: [NAME]` and the like written out, so that paths and checks see one form."""
    copy: dict[str, Any] = _copied(values)
    members = value_at(copy, ("model", "members"))
    for model in (copy.get("model"), *(members if isinstance(members, list) else ())):
        if isinstance(model, dict) and "weights" in model:
            model["weights"] = short_weights(model["weights"])
    if isinstance(copy.get("methods"), list):
        copy["methods"] = [short_method(entry) for entry in copy["methods"]]
    table = value_at(copy, ("data", "table"))
    if isinstance(table, dict) and "numeric" in table:
        table["numeric"] = short_columns(table["numeric"])
    return copy


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list | tuple) else value


def _without_blanks(values: dict[str, Any], path: tuple[str, ...] = ()) -> dict[str, Any]:
    """Without keys that stand alone (`gates:` with every line below it commented out): they mean "not given"."""
    kept: dict[str, Any] = {}
    for key, value in values.items():
        here = (*path, key)
        if isinstance(value, dict) and part_of(type_at(here)) is not None:
            kept[key] = _without_blanks(value, here)
        elif value is not None or type_at(here) is None:
            kept[key] = value
    return kept


def _override(values: dict[str, Any], key: str, text: str) -> AuditError | None:
    """Set one dotted key in place; the mistake when it cannot be set."""
    steps = tuple(key.split("."))
    if not all(steps):
        return AuditError(
            f"--set {shown(key)}: this names no key.", expected="KEY=VALUE, such as --set primary.steps=10", fix="name a key"
        )
    try:
        value = parse_yaml(text, f"--set {key}")
    except AuditError as error:
        return error
    if value.mistakes:
        return AuditError(f"--set {key}: " + value.mistakes[0][1].message.partition(": ")[2], fix=value.mistakes[0][1].fix)
    place: Any = values
    for depth, step in enumerate(steps):
        last = depth == len(steps) - 1
        if isinstance(place, list) and step.isdecimal() and int(step[:9]) < len(place):
            step_in: Any = int(step)
        elif isinstance(place, dict):
            step_in = step
        else:
            found = f"{'.'.join(steps[:depth])} is {shown(place)}"
            return AuditError(
                f"--set {shown(key)}: there is no such place in the plan.",
                found=found,
                fix="check the key; places in lists count from 0",
            )
        if last:
            place[step_in] = value.value
        elif isinstance(place, dict) and place.get(step) is None:
            place[step] = {}
        place = place[step_in]
    for entry in ("model", "methods", "data"):
        if steps[0] == entry:
            values.update({entry: _long_forms({entry: values[entry]})[entry]})
    return None


def _checked(
    values: dict[str, Any], source: str, document: YamlText, overridden: tuple[str, ...], wrong: list[AuditError]
) -> AuditPlan:
    plan, found = None, []
    try:
        plan = AuditPlan.model_validate(values)
    except ValidationError as error:
        found = from_pydantic(error.errors(include_url=False), values)
    said = {path for path, _ in found}
    found += [(path, mistake) for path, mistake in mistakes_in(values) if path not in said]
    placed = [_placed(path, mistake, document, overridden) for path, mistake in found]
    everything = sorted([*document.mistakes, *placed], key=lambda pair: pair[0])
    if everything or wrong or plan is None:
        raise PlanMistakes(source, [*wrong, *(mistake for _, mistake in everything)])
    return plan


def _placed(
    path: tuple[str, ...], mistake: AuditError, document: YamlText, overridden: tuple[str, ...]
) -> tuple[int, AuditError]:
    """The mistake with the line, or the `--set`, it comes from in front."""
    override = next((key for key in overridden if f"{dotted(path)}.".startswith(f"{key}.")), None)
    line = next((document.lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in document.lines), 0)
    where = f"--set {override}: " if override else f"line {line}: " if line else ""
    told = AuditError(where + mistake.message, found=mistake.found, expected=mistake.expected, fix=mistake.fix)
    return (0 if override else line), told
