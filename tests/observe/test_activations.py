"""Activations by layer, against a plain forward pass over all cases at once."""

from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
import torch
from torch import nn

from auditor.errors import UserCodeError
from auditor.evidence.redaction import without_extremes
from auditor.evidence.schema import TABLES
from auditor.evidence.store import Reader, table_sha256
from auditor.explain._context import Context
from auditor.functional_pieces import Pieces
from auditor.inputs.model import TorchModel
from auditor.observe.activations import OBSERVER, _computes
from auditor.removal.calls import Calls
from auditor.report.build import build_report
from auditor.run.audit import audit
from tests.run import small

SETTING = SimpleNamespace(private=False, exemplars={}, show=lambda name: {}, write=None)


def observed(module, x, rows=4, setting=SETTING, can=("hooks",)):
    """Rows by (layer, call) of one group."""
    pieces = Pieces.of(module.eval(), x, None, None, "zeros")
    model = TorchModel(module, pieces.model.classes)
    model.can = frozenset(can)
    context = Context(model, Calls(model, rows), pieces.batch, {}, "", 0)
    table = OBSERVER.observe(context, setting, {})["activations"]
    return {(row["layer"], row["call"]): row for row in table.to_pylist()}


def test_sums_are_those_of_all_cases_at_once_without_the_padding_of_the_last_call():
    torch.manual_seed(0)
    module = nn.Sequential(nn.Conv2d(2, 5, 3), nn.ReLU(), nn.Flatten(), nn.Linear(80, 3))
    with torch.no_grad():
        module[0].bias[1] = -100.0  # never above zero
    x = torch.randn(7, 2, 6, 6)
    found = observed(module, x)
    value = x
    for number, layer in enumerate(module):
        value = layer(value).detach()
        row, exact = found[str(number), 1], value.double()
        units = value.transpose(0, 1).flatten(1)
        assert (row["rows"], row["values"], row["zeros"]) == (7, value.numel(), int((value == 0).sum()))
        assert row["mean"] == pytest.approx(exact.mean().item(), rel=1e-6)
        assert row["squares"] == pytest.approx((exact - exact.mean()).square().sum().item(), rel=1e-6)
        assert row["low"] == pytest.approx(units.amin(1).tolist(), rel=1e-5)
        assert row["high"] == pytest.approx(units.amax(1).tolist(), rel=1e-5)
    assert found["1", 1]["low"][1] == found["1", 1]["high"][1] == 0 < found["1", 1]["high"][0]


class Sequences(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.act = nn.Conv1d(2, 6, 3), nn.ReLU()
        self.lift, self.gelu = nn.Linear(6, 5), nn.GELU()
        self.lstm, self.head = nn.LSTM(5, 4), nn.Linear(4, 3)
        self.count = nn.Identity()

    def forward(self, x):
        x = self.act(self.act(self.conv(x)))  # channels first: [rows, 6, 9]
        x = self.gelu(self.lift(x.transpose(1, 2)))  # features last: [rows, 9, 5]
        x, _ = self.lstm(x.transpose(0, 1))  # [9, rows, 4]
        self.count(torch.arange(len(x)))  # no floating values
        return self.head(x[-1])


def test_units_are_channels_behind_convolutions_and_features_behind_linear_layers():
    found = observed(Sequences(), torch.randn(5, 2, 11))
    units = {key: len(row["low"]) for key, row in found.items()}
    assert units == {
        ("conv", 1): 6, ("act", 1): 6, ("act", 2): 6, ("lift", 1): 5, ("gelu", 1): 5, ("lstm", 1): 4, ("head", 1): 3,
    }  # fmt: skip
    assert {row["rows"] for row in found.values()} == {5} and found["lstm", 1]["values"] == 5 * 9 * 4


def test_values_that_are_not_finite_leave_no_mean():
    class Broken(nn.Module):
        def forward(self, x):
            return x / 0

    found = observed(nn.Sequential(nn.Linear(3, 3), Broken(), nn.Sigmoid()), torch.randn(5, 3))
    assert found["1", 1]["mean"] is None and found["1", 1]["squares"] is None and found["0", 1]["mean"] is not None


def test_without_hooks_there_is_no_row_and_no_pass():
    assert observed(nn.Linear(3, 2), torch.randn(2, 3), can=()) == {}
    assert set(observed(nn.Linear(3, 2), torch.randn(2, 3))) == {("(whole)", 1)}


def test_hooks_are_gone_also_when_the_model_raises():
    class Moody(nn.Linear):
        raising = False

        def forward(self, x):
            if self.raising:
                raise RuntimeError("not today")
            return super().forward(x)

    module = nn.Sequential(nn.Linear(3, 3), Moody(3, 2))
    pieces = Pieces.of(module, torch.randn(3, 3), None, None, "zeros")
    pieces.model.can = frozenset({"hooks"})
    module[1].raising = True
    with pytest.raises(UserCodeError, match="not today"):
        OBSERVER.observe(Context(pieces.model, pieces.calls, pieces.batch, {}, "", 0), SETTING, {})
    assert not any(part._forward_hooks for part in module.modules())


def test_feature_maps_are_the_channels_with_the_largest_mean_of_the_first_middle_and_last_convolution():
    torch.manual_seed(1)
    convolutions = [nn.Conv2d(a, b, 3, padding=1) for a, b in ((1, 4), (4, 12), (12, 9), (9, 2))]
    module = nn.Sequential(*(part for conv in convolutions for part in (conv, nn.ReLU())), nn.Flatten(), nn.Linear(7200, 2))
    x, kept = torch.randn(6, 1, 60, 60), {}
    numbers = {"5": 0, "2": 2, "3": 1}
    shown = SimpleNamespace(private=False, exemplars=numbers, show=lambda name: {"image": x[int(name)]}, write=kept.__setitem__)
    observed(module, x, setting=shown)
    assert sorted(kept) == ["0-maps", "1-maps"]
    found = kept["0-maps"]
    assert found["names"].tolist() == ["0", "2", "6"]
    maps = module[:3](x[5:6])[0].detach()
    best = maps.mean((1, 2)).argsort(descending=True)[:8]
    assert found["channels:1"].tolist() == best.tolist() and found["shape:1"].tolist() == [12, 60, 60]
    assert found["maps:1"].shape == (8, 56, 56) and found["maps:0"].shape == (4, 56, 56)
    same = torch.nn.functional.adaptive_avg_pool2d(maps[best], 56).numpy()
    np.testing.assert_allclose(found["maps:1"], same, atol=1e-5)


def test_feature_maps_need_a_plan_that_shows_pictures():
    written = []
    hidden = SimpleNamespace(private=True, exemplars={"0": 0}, show=lambda name: {}, write=lambda *given: written.append(given))
    observed(nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(32, 2)), torch.randn(2, 1, 6, 6), setting=hidden)
    assert written == []


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("activations")
    audit(small.write(folder), folder / "run")
    return folder


def test_a_run_holds_sums_per_group_and_reports_the_layers_over_all_cases(run):
    table = Reader(run / "run").table("activations")
    assert sorted(set(table.column("rows").to_pylist())) == [22, 64] and len(set(table.column("group").to_pylist())) == 3
    (result,) = [one for one in build_report(run / "run").results if one.name == "layer_activations"]
    assert result.samples.rows == 150 and [row[0] for row in result.rows] == ["0", "1", "2", "3", "4"]
    samples = Reader(run / "run").table("samples")
    chosen = samples.filter(pc.greater(samples.column("weight"), 0)).column("sample_id").to_pylist()
    namespace = {}
    exec((run / "subject.py").read_text(), namespace)
    data, model = namespace["data"](), namespace["model"]().eval()
    with torch.no_grad():
        value = model[:2](torch.stack([data[int(name.removeprefix("row-"))]["input"] for name in chosen])).double()
    units = value.transpose(0, 1).flatten(1)
    still = int((units.amin(1) == units.amax(1)).sum())
    expected = [6, still, 0, (value == 0).double().mean().item(), value.mean().item(), value.std(correction=0).item()]
    assert list(result.rows[1][2:]) == pytest.approx(expected, rel=1e-6)
    assert (run / "run" / "exemplars" / "0-maps.npz").is_file() and not (run / "run" / "exemplars" / "2-maps.npz").exists()
    assert (run / "run" / "model.json").is_file()


def test_shards_of_another_size_hold_the_same_table(run, tmp_path):
    audit(small.write(tmp_path), tmp_path / "run", shard=192)
    first, second = (Reader(folder / "run").table("activations") for folder in (run, tmp_path))
    assert table_sha256(first) == table_sha256(second) and isinstance(first, pa.Table)


def test_a_convolution_that_holds_its_padding_is_a_layer():
    class Padded(nn.Conv2d):
        def __init__(self):
            super().__init__(1, 2, 3)
            self.padding_layer = nn.ZeroPad2d(1)

        def forward(self, x):
            return super().forward(self.padding_layer(x))

    assert _computes(Padded())
    assert _computes(nn.ReLU())
    assert not _computes(nn.Sequential(nn.ReLU()))


def test_where_rows_are_not_shown_units_say_only_whether_they_varied_and_lines_of_few_cases_are_left_out():
    columns = {"group": ["a", "b"], "layer": ["l"] * 2, "call": [1] * 2, "rows": [5, 4], "values": [15, 12], "zeros": [5, 4]}
    ends = {"low": [[0.0, -3.5, 2.0]] * 2, "high": [[0.0, 48151.5, 2.0]] * 2}
    table = pa.table(columns | {"mean": [1.0] * 2, "squares": [1.0] * 2} | ends, schema=TABLES["activations"])
    (kept,) = without_extremes(table).to_pylist()
    assert (kept["group"], kept["low"], kept["high"]) == ("a", [0.0, 0.0, 2.0], [0.0, 1.0, 2.0])
