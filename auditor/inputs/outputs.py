"""From what a model returns to logits [batch, classes]: containers, one-logit heads, probabilities, and a check of the claim.

A sigmoid head with two classes and one label per sample has one output z, the logit of the second class; its columns are
(−z, z). Probabilities p become log p (softmax) or log p − log(1 − p) (sigmoid), clamped at the smallest normal float32.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from auditor.errors import AuditError

_NAMES = {
    "logits": ("logits", "output", "scores", "probabilities", "probs"),
    "log_probabilities": ("log_probabilities", "log_probs", "output", "scores", "logits"),
    "probabilities": ("probabilities", "probs", "output", "scores", "logits"),
}
_TINY = torch.finfo(torch.float32).tiny


def as_logits(output: object, classes: int, head: str, output_kind: str, multi_label: bool = False) -> Tensor:
    """Logits [batch, classes] of what a model returned; gradients pass.

    Args:
        output: a tensor, or a tuple, mapping, dataclass or ModelOutput that holds one.
        classes: number of class names.
        head: softmax or sigmoid.
        output_kind: logits, log_probabilities or probabilities, as declared.
        multi_label: whether two columns of a sigmoid head are two questions, not one asked twice.

    Raises:
        AuditError: no tensor of scores in it, or one whose shape does not fit the class names.
    """
    return logits_of_scores(scores_of(output, classes, head, output_kind, multi_label), head, output_kind)


def logits_of_scores(scores: Tensor, head: str, output_kind: str) -> Tensor:
    """Logits of what `scores_of` returns; a single column of a sigmoid head becomes two, (−z, z)."""
    logits = scores
    if output_kind != "logits":
        scores = scores.float()
        p = scores if output_kind == "probabilities" else None
        log_p = scores if p is None else p.clamp(min=_TINY).log()
        rest = 1 - p if p is not None else -torch.expm1(log_p)
        logits = log_p if head == "softmax" else log_p - rest.clamp(min=_TINY).log()
    return torch.cat([-logits, logits], 1) if head == "sigmoid" and logits.shape[1] == 1 else logits


def scores_of(output: object, classes: int, head: str, output_kind: str, multi_label: bool = False) -> Tensor:
    """The tensor of scores in a model's output, as it stands: [batch, classes], or [batch, 1] of a one-logit head."""
    one = head == "sigmoid" and classes == 2 and not multi_label
    scores = _tensor(output, output_kind, one)
    if not scores.is_floating_point():
        raise AuditError(
            "The model returns no scores.",
            found=f"{str(scores.dtype).removeprefix('torch.')} values {list(scores.shape)}",
            expected=f"floating-point {output_kind.replace('_', '-')} per class",
            fix="return scores, not predicted labels" if scores.dtype != torch.bool else "return scores, not decisions",
        )
    if one and scores.ndim == 1:
        scores = scores[:, None]
    if scores.ndim != 2 or scores.shape[1] != (1 if one else classes):
        raise _shape(scores, classes, one)
    return scores


def _tensor(output: object, output_kind: str, one: bool) -> Tensor:
    if isinstance(output, Tensor):
        return output
    named = _named(output)
    tensors = {name: value for name, value in named.items() if isinstance(value, Tensor)}
    for name in _NAMES[output_kind]:
        if name in tensors:
            return tensors[name]
    if len(tensors) == 1:
        return next(iter(tensors.values()))
    if not named and isinstance(output, tuple | list):
        parts = [part for part in output if isinstance(part, Tensor)]
        chosen = next((part for part in parts if part.ndim == 2), None)
        if chosen is None and one:
            chosen = next((part for part in parts if part.ndim == 1), None)
        if chosen is not None:
            return chosen
    raise AuditError(
        "The model's output holds no scores that can be told from the rest.",
        found=_contents(output, named),
        expected="a tensor, a tuple with one of two dimensions, or a mapping with the key `logits`",
        fix="return the scores alone from the model, or under the key `logits`",
    )


def _named(output: object) -> dict[str, object]:
    """The parts of an output that have names: of a mapping, a named tuple or a dataclass."""
    if isinstance(output, Mapping):
        return {str(name): value for name, value in output.items()}
    if isinstance(output, tuple) and hasattr(output, "_asdict"):
        return dict(output._asdict())
    if dataclasses.is_dataclass(output) and not isinstance(output, type):
        return {field.name: getattr(output, field.name) for field in dataclasses.fields(output)}
    return {}


def _contents(output: object, named: dict[str, object]) -> str:
    if named or (isinstance(output, tuple | list) and output):
        parts = list(named.items()) or [(str(i), part) for i, part in enumerate(output)]  # type: ignore[arg-type, var-annotated]
        shown = ", ".join(f"{name} {list(p.shape) if isinstance(p, Tensor) else type(p).__name__}" for name, p in parts[:8])
        return f"{type(output).__name__} with {shown}"
    return f"an output of type {type(output).__name__}"


def _shape(scores: Tensor, classes: int, one: bool) -> AuditError:
    found = f"logits {list(scores.shape)}"
    if one and scores.ndim == 2 and scores.shape[1] == 2:
        return AuditError(
            "A sigmoid head with two classes has one output, the logit of the second class.",
            found=found,
            expected="[batch] or [batch, 1]",
            fix="set `head: softmax` where the two outputs compete, or `multi_label: true` where they are two questions",
        )
    single = scores.ndim == 1 or (scores.ndim == 2 and scores.shape[1] == 1)
    columns = f"all {scores.shape[1]} class names" if scores.ndim == 2 else "class names"
    fix = f"list {columns} under model.classes, or let the factory return a model with that output"
    if single:
        one_logit = "for one logit that decides between two classes set `head: sigmoid`"
        fix = one_logit if classes == 2 else "return one column per class"
    return AuditError(
        "The model's output does not match the class names.",
        found=found,
        expected="[batch] or [batch, 1], the logit of the second class"
        if one
        else f"[batch, {classes}], one column per name in model.classes",
        fix=fix,
    )


def declared_kind_problem(scores: Tensor, head: str, output_kind: str) -> AuditError | None:
    """What speaks against the declared kind of output, on some predictions; None when nothing does.

    Args:
        scores: [rows, columns] of `scores_of`; rows that are not finite say nothing.
        head: softmax or sigmoid.
        output_kind: as declared.
    """
    rows = scores.detach().double()[scores.isfinite().all(1)]
    if len(rows) == 0:
        return None
    # half precision rounds each of many columns: a sum strays further
    tolerance = 1e-3 if scores.dtype in (torch.float32, torch.float64) else 2e-2
    against = next(_against(rows, head, output_kind, tolerance), None)
    if against is None:
        return None
    others = [kind for kind in _NAMES if kind != output_kind and next(_against(rows, head, kind, tolerance), None) is None]
    better = next((kind for kind in ("probabilities", "log_probabilities", "logits") if kind in others), "")
    return AuditError(
        f"The model's outputs are not the {output_kind.replace('_', '-')} that the plan declares.",
        found=against,
        expected=f"{output_kind.replace('_', '-')}, as `model.output` says",
        fix=f"set `output: {better}` under `model:`" if better else "correct `output:` or `head:` under `model:`",
    )


def _against(rows: Tensor, head: str, kind: str, tolerance: float) -> Iterator[str]:
    """Sentences against a kind, for finite float64 rows."""
    low, high, p = float(rows.min()), float(rows.max()), rows
    if kind == "log_probabilities":
        if high > tolerance:
            yield f"values up to {high:.4g}, above 0"
        p = rows.exp()
    elif kind == "probabilities" and (low < -tolerance or high > 1 + tolerance):
        yield f"values from {low:.4g} to {high:.4g}, outside 0 to 1"
    elif kind == "logits":
        inside = low >= 0 and high <= 1
        sums = head == "softmax" and bool(((p.sum(1) - 1).abs() <= tolerance / 10).all())
        spread = head == "sigmoid" and rows.numel() >= 20 and low < 0.1 and high > 0.9
        if inside and (sums or spread):
            yield f"values from {low:.4g} to {high:.4g}" + ("; every row sums to 1" if sums else "") + ", as probabilities have"
        return
    worst = float((p.sum(1) - 1).abs().max())
    if head == "softmax" and worst > tolerance:
        row = p.sum(1)[(p.sum(1) - 1).abs().argmax()]
        yield f"{'exponentials of ' if kind == 'log_probabilities' else ''}a row that sum to {float(row):.4g} instead of 1"
