"""A run in TensorBoard: numbers and curves as scalars, the summary as text. Needs the package tensorboard, and no torch."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from auditor.publish.extras import load
from auditor.publish.finished import FinishedRun
from auditor.publish.gate_outcomes import outcomes
from auditor.publish.metrics import curves, metrics
from auditor.publish.summary import summary
from auditor.publish.tracked import PREFIX

_WANTS = ("tensorboard", "auditor publish tensorboard")


def log(run: FinishedRun, folder: Path, *, step: int = 0) -> Path:
    """Write one event file and return its folder.

    Args:
        run: the run.
        folder: log directory; the run gets a folder of its name in it.
        step: step of the numbers, such as the epoch of the audited model.

    Raises:
        AuditError: tensorboard is not installed.
    """
    writer_of = load("tensorboard.summary.writer.event_file_writer", *_WANTS)
    events = load("tensorboard.compat.proto.event_pb2", *_WANTS)
    protos = load("tensorboard.compat.proto.summary_pb2", *_WANTS)
    place = folder / f"{PREFIX}-{run.name}"
    writer = writer_of.EventFileWriter(str(place))
    now = time.time()

    def add(at: int, value: Any) -> None:
        writer.add_event(events.Event(wall_time=now, step=at, summary=protos.Summary(value=[value])))

    try:
        for name, number in metrics(run.report).items():
            add(step, protos.Summary.Value(tag=f"{PREFIX}/{name}", simple_value=number))
        for name, curve in curves(run.report).items():
            for at, y in enumerate(curve.y):
                add(at, protos.Summary.Value(tag=f"{PREFIX}_curves/{name}", simple_value=y))
        add(step, _text(protos, f"{PREFIX}/summary", summary(run, outcomes(run), "plan.yaml")))
    finally:
        writer.close()
    return place


def _text(protos: Any, tag: str, content: bytes) -> Any:
    tensors = load("tensorboard.compat.proto.tensor_pb2", *_WANTS)
    shapes = load("tensorboard.compat.proto.tensor_shape_pb2", *_WANTS)
    types = load("tensorboard.compat.proto.types_pb2", *_WANTS)
    plugin = protos.SummaryMetadata.PluginData(plugin_name="text")
    shape = shapes.TensorShapeProto(dim=[shapes.TensorShapeProto.Dim(size=1)])
    tensor = tensors.TensorProto(dtype=types.DT_STRING, string_val=[content], tensor_shape=shape)
    return protos.Summary.Value(tag=tag, metadata=protos.SummaryMetadata(plugin_data=plugin), tensor=tensor)
