"""What the section on the model says of layers, activations and feature maps."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest

from auditor.evidence.atomic import write_atomically
from auditor.evidence.facts import LayerFacts
from auditor.evidence.record import sha256
from auditor.evidence.results import NotEvaluated, Samples, Table
from auditor.report import render as rendering
from auditor.report.figures import feature_maps
from auditor.report.layout import AS_PLANNED
from auditor.report.model_layers import folded, layer_view
from auditor.report.sections.model import Model
from tests.report import sample
from tests.report.sample_results import results
from tests.report.test_sections import context, material, text_of

COLUMNS = ("layer", "call", "units", "always_zero", "constant", "zeros", "mean", "sd")
LONG = "encoder.blocks.7.a_name_that_no_column_is_wide_enough_for_and_that_says_little.projection"


def layer(name: str, kind: str = "Conv2d", parameters: int = 10, **more: object) -> LayerFacts:
    facts = {"output": ((8, 14, 14),), "parameters": parameters, "trainable": parameters, "multiply_adds": 100, "calls": 1}
    return LayerFacts(name=name, type=kind, **(facts | more))


def prepared(*layers: LayerFacts, **more: object) -> object:
    facts = sample.prepared()
    update = {"layer_table": layers, "multiply_adds": sum(one.multiply_adds or 0 for one in layers), **more}
    return facts.model_copy(update={"model": facts.model.model_copy(update=update)})


def activations(rows: list[tuple[object, ...]], notes: tuple[str, ...] = ()) -> Table:
    cases = Samples(rows=60, units=60, population="selected cases, not weighted")
    return Table(name="layer_activations", unit="", samples=cases, columns=COLUMNS, rows=tuple(rows), notes=notes)


def model(tmp_path: Path, *found: object, **changed: object) -> Model:
    made = context("model", material(tmp_path, results=(*found, *results()), **changed))
    assert isinstance(made, Model)
    return made


def test_every_layer_has_a_line_and_the_totals_stand_last(tmp_path: Path) -> None:
    layers = (
        layer("conv", parameters=1234, multiply_adds=56789),
        layer("act", "ReLU", 0, multiply_adds=0, calls=3),
        layer("tied", "Linear", 3, shared=12, output=((10,), (2,))),
        layer("unused", output=(), multiply_adds=None, calls=0),
    )
    view = layer_view(prepared(*layers).model)  # type: ignore[attr-defined]
    assert view is not None and [row[0] for row in view.rows] == ["conv", "act (3 calls)", "tied", "unused", "Total"]
    assert view.rows[0] == ("conv", "Conv2d", "8\u00a0×\u00a014\u00a0×\u00a014", "1,234", "56,789")
    assert view.rows[2][2:4] == ("10 (+1)", "3 (+12 shared)")
    assert view.rows[3][2:] == ("not called", "10", "–")
    assert view.rows[4] == ("Total", "4 layers", "", "412,345", "56,889") and "half the floating point" in view.note


def test_many_layers_are_joined_by_blocks_that_add_up() -> None:
    layers = [
        layer(f"stage{k // 24}.block{k // 6 % 4}.{k % 6}", ("BatchNorm2d", "Conv2d")[k % 2], multiply_adds=k % 2 * 9)
        for k in range(72)
    ]
    blocks = folded(layers, 16)
    assert [name for name, _ in blocks] == [f"stage{stage}.block{block}" for stage in range(3) for block in range(4)]
    view = layer_view(prepared(*layers).model)  # type: ignore[attr-defined]
    assert view is not None and len(view.rows) == 13 and "joined by blocks" in view.note
    assert view.rows[0][1:] == ("6 layers, mainly Conv2d", "8\u00a0×\u00a014\u00a0×\u00a014", "60", "27")
    assert sum(int(str(row[4]).replace(",", "")) for row in view.rows[:-1]) == 324


def test_a_flat_model_of_many_layers_is_cut_and_says_where_the_rest_is() -> None:
    view = layer_view(prepared(*(layer(str(k)) for k in range(100))).model)  # type: ignore[attr-defined]
    assert (
        view is not None and len(view.rows) == 17 and "84 more rows in the attached report.json and in model.json" in view.note
    )


def test_unknown_multiply_adds_are_no_zero() -> None:
    layers = (layer("a.0", calls=None, multiply_adds=None, output=()), *(layer(f"b.{k}") for k in range(20)))
    view = layer_view(prepared(*layers, multiply_adds=None, layer_note="compiled").model)  # type: ignore[attr-defined]
    assert view is not None and view.rows[0][2:] == ("–", "10", "–") and view.rows[1][4] == "2,000" and view.rows[-1][4] == "–"
    assert "Not complete: compiled." in view.note


def test_the_layer_with_the_most_still_units_is_named(tmp_path: Path) -> None:
    rows = [("conv", 1, 32, 0, 0, 0.25, -0.5, 1.0), ("act", 2, 256, 90, 9, 0.8, 0.98, 2.58)]
    made = model(tmp_path, activations(rows))
    assert made.still == "99 of 256 units of layer act returned the same value on all 60 cases, the largest share of any layer."
    assert made.activations is not None
    assert made.activations.rows[1] == ("act (call 2)", "256", "90", "9", "80.0\u00a0%", "0.98", "2.58")
    assert len(made.activations.columns) == 7
    none = model(tmp_path, activations(rows[:1]))
    assert none.still == "No unit returned the same value on all 60 cases."


def test_of_many_layers_those_with_the_most_still_units_are_printed_in_their_order(tmp_path: Path) -> None:
    rows = [(f"l{k}", 1, 10, k % 5, 0, 0.1, None, None) for k in range(40)]
    made = model(tmp_path, activations(rows, ("not followed: x",)))
    assert made.activations is not None and len(made.activations.rows) == 16
    shown = [int(str(row[0])[1:]) for row in made.activations.rows]
    assert shown == sorted(k for k in range(40) if k % 5 >= 3)
    assert made.activations.rows[0][5:] == ("–", "–") and "24 more rows" in made.activations.note
    assert made.activations.note.endswith("Not followed: x.")


def test_gaps_print_as_gaps(tmp_path: Path) -> None:
    gap = NotEvaluated(name="layer_activations", reason="the model is compiled by TorchScript")
    unlisted = prepared(layers=(), layer_note="the model is a Python function")
    text = text_of(material(tmp_path, results=(gap, *results()), prepared=unlisted))
    assert "Activations by layer. Not evaluated: the model is compiled by TorchScript." in text
    assert "Layers. Not evaluated: the model is a Python function." in text


def test_a_run_without_the_new_facts_prints_what_it_has(tmp_path: Path) -> None:
    made = model(tmp_path)
    assert made.layers is not None and made.layers.caption == "Modules that own parameters"
    assert made.still.startswith("Not evaluated: no result of this name") and made.inside == ()


def with_maps(run: Path) -> dict[str, object]:
    """Fields of a report whose first example has feature maps."""
    shown, files = sample.exemplars(run, with_files=True)
    sink = io.BytesIO()
    rng = np.random.default_rng(0)
    layers = {"names": np.array(["conv1", LONG])}
    for number, (channels, edge) in enumerate(((8, 28), (3, 7))):
        layers |= {
            f"shape:{number}": np.array([32, edge, edge]),
            f"channels:{number}": np.arange(channels)[::-1].copy(),
            f"maps:{number}": rng.normal(size=(channels, edge, edge)).astype(np.float32),
        }
    np.savez(sink, **layers)  # type: ignore[arg-type]
    write_atomically(run / "exemplars/0-maps.npz", sink.getvalue())
    first = shown[0].model_copy(update={"maps": "exemplars/0-maps.npz"})
    return {"exemplars": (first, *shown[1:]), "files": files | {"exemplars/0-maps.npz": sha256(sink.getvalue())}}


def test_feature_maps_and_long_names_go_through_to_both_documents(tmp_path: Path) -> None:
    layers = (layer(LONG, "AVeryLongTypeNameThatSomebodyChose" * 3), layer("x" * 300, parameters=10**12))
    rows = [(LONG, 1, 4, 4, 0, 1.0, 0.0, 0.0), ("x" * 300, 1, 10**6, 0, 0, 0.0, -1e9, 1e-9)]
    found = (activations(rows), *results())
    sample.write(tmp_path, prepared=prepared(*layers), results=found, **with_maps(tmp_path))
    done = rendering.render(tmp_path)
    assert done.pdf is not None
    page = done.html.read_text("utf-8")
    section = page[page.index('id="model"') : page.index('id="data"')]
    alts = re.findall(r'alt="(Feature maps[^"]*)"', section)
    assert len(alts) == 2 and "layer conv1 (predicted 0, label 0): channels 7, 6, 5, 4, 3, 2, 1 and 0 of 32" in alts[0]
    assert "conv1: 8 of 32 channels, 28 × 28" in section and "x" * 100 not in section


@pytest.mark.parametrize("allowed", ["full", "redacted", "none"])
def test_feature_maps_obey_the_plan(allowed: str, tmp_path: Path) -> None:
    report = sample.write(tmp_path, plan=sample.plan(examples=allowed), **with_maps(tmp_path))
    made = context("model", rendering._material(report, rendering._checked(tmp_path, report), (), AS_PLANNED))
    assert isinstance(made, Model) and len(made.inside) == (allowed == "full")


def test_a_strip_has_zero_pale_and_the_largest_magnitude_in_its_full_colour() -> None:
    from PIL import Image

    maps = np.zeros((2, 4, 4), np.float32)
    maps[0, 0, 0], maps[1, 3, 3] = 2.0, -1.0
    picture = feature_maps.draw(maps, "two channels")
    pixels = np.asarray(Image.open(io.BytesIO(picture.content)))
    assert pixels.shape == (96, 8 * 96 + 7 * 6, 3)
    assert pixels[0, 0].tolist() == [178, 60, 20] and pixels[50, 50].tolist() == [250, 250, 250]
    assert pixels[95, 102 + 95].tolist() == [125, 170, 205] and pixels[50, 300].tolist() == [255, 255, 255]
    assert feature_maps.draw(np.zeros((1, 2, 2)), "x" * 20).content == feature_maps.draw(np.zeros((1, 2, 2)), "y").content
