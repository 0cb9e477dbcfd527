"""What a model is made of, for people and programs: `model.json` of a run, `auditor summary`, `auditor.summary()`."""

from __future__ import annotations

from textwrap import wrap

from pydantic import Field

from auditor.evidence.facts import LayerFacts, ModelFacts
from auditor.evidence.record import Record

COUNTED = (
    "Multiply-adds are for one row: half the floating point operations that torch.utils.flop_counter finds in matrix products, "
    "convolutions and attention; other operations count as none."
)
LONGEST = 44
"""Characters of a layer's name in the printed table; the JSON has the whole."""


class ModelSummary(Record):
    """Layers, sizes, inputs and outputs of one model. `print(summary)` is a table, `summary.to_json()` everything."""

    schema_version: str = "1"
    name: str = Field("", description="as the plan names it, with the version; '' in a notebook")
    type: str = Field(description="class name of the module")
    inputs: dict[str, tuple[int | str, ...]] = Field(description="forward argument -> shape of one row, then the type")
    outputs: tuple[tuple[int, ...], ...] = Field(description="shape of each tensor the model returns for one row")
    meaning: str = Field("", description="of the outputs: 'logits of 10 classes, head softmax'; '' where it is not declared")
    dtype: str = Field(description="of the first parameter; 'none' without parameters")
    parameters: int
    trainable: int
    multiply_adds: int | None = Field(None, description="of one row; None where they could not be counted")
    state_sha256: str = Field(description="SHA-256 over names, types, shapes and bytes of all parameters and buffers")
    layers: tuple[LayerFacts, ...]
    note: str = Field("", description="what the table lacks and why; '' where nothing")

    def to_json(self) -> str:
        """JSON with an indent; the same summary gives the same text."""
        return self.model_dump_json(indent=1) + "\n"

    def __str__(self) -> str:
        """A table for a terminal or a notebook, 100 characters wide at most unless shapes are longer."""
        inputs = "; ".join(f"{name} {sizes(shape[:-1])} {shape[-1]}" for name, shape in self.inputs.items())
        outputs = "; ".join(sizes(shape) for shape in self.outputs) or "not seen"
        lines = [
            f"Model    {f'{self.name}: ' if self.name else ''}{self.type}",
            f"Input    {inputs}",
            f"Output   {outputs}{f' ({self.meaning})' if self.meaning else ''}",
            f"State    SHA-256 {self.state_sha256}",
            "",
            *_aligned([("Layer", "Type", "Output", "Parameters", "Multiply-adds"), *(_cells(layer) for layer in self.layers)]),
            "",
            f"Parameters     {self.parameters:,}, of which {self.trainable:,} trainable; {self.dtype}",
            f"Multiply-adds  {'not counted' if self.multiply_adds is None else f'{self.multiply_adds:,}'}",
            *(wrap(f"Note: {self.note}.", 100) if self.note else []),
            *wrap(COUNTED, 100),
        ]
        return "\n".join(lines)


def of_facts(facts: ModelFacts) -> ModelSummary:
    """The summary of an audited model."""
    return ModelSummary(
        name=f"{facts.name} {facts.version}".strip(),
        type=facts.type,
        inputs=facts.arguments or {"x": (*facts.input_shape, facts.dtype)},
        outputs=facts.outputs,
        meaning=f"{facts.output.replace('_', ' ')} of {len(facts.classes):,} classes, output function {facts.head}",
        dtype=facts.dtype,
        parameters=facts.parameters,
        trainable=facts.trainable,
        multiply_adds=facts.multiply_adds,
        state_sha256=facts.state_sha256,
        layers=facts.layer_table,
        note=facts.layer_note,
    )


def sizes(shape: tuple[int | str, ...]) -> str:
    """(32, 28, 28) → '32 × 28 × 28'; a single number has no shape: 'scalar'."""
    return " × ".join(str(size) for size in shape) or "scalar"


def output_of(layer: LayerFacts) -> str:
    """Shape of what a layer returns, for print; the first of several tensors and how many more there are."""
    if not layer.output:
        return "not called" if layer.calls == 0 else "–"
    more = len(layer.output) - 1
    return sizes(layer.output[0]) + (f" (+{more})" if more else "")


def _cells(layer: LayerFacts) -> tuple[str, ...]:
    name = layer.name if len(layer.name) <= LONGEST else f"…{layer.name[1 - LONGEST :]}"
    return (
        name + (f" ({layer.calls} calls)" if (layer.calls or 0) > 1 else ""),
        layer.type,
        output_of(layer),
        f"{layer.parameters:,}" + (f" (+{layer.shared:,} shared)" if layer.shared else ""),
        "–" if layer.multiply_adds is None else f"{layer.multiply_adds:,}",
    )


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    """Columns of equal width, the last two to the right; a rule under the heads."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.rjust(width) if place > 2 else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return [lines[0], "─" * (sum(widths) + 8), *lines[1:]]
