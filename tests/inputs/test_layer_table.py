"""Layer tables against counts made by hand."""

import pytest
import torch
from torch import nn

import auditor
from auditor.errors import AuditError
from auditor.inputs.layer_table import forward, layer_table, shapes


def table_of(module, rows=1, **inputs):
    return layer_table(module.eval(), lambda: forward(module, inputs), rows=rows)


def lines(table):
    return {layer.name: layer for layer in table.layers}


class Several(nn.Module):
    """One activation used twice, tied weights, a parameter of its own, a layer that is never called."""

    def __init__(self):
        super().__init__()
        self.late = nn.Linear(4, 3)
        self.act = nn.ReLU()
        self.first = nn.Linear(6, 4)
        self.tied = nn.Linear(4, 3)
        self.tied.weight = self.late.weight
        self.scale = nn.Parameter(torch.ones(6))
        self.unused = nn.Linear(2, 2)

    def forward(self, x):
        x = self.act(self.first(x * self.scale))
        return self.late(self.act(x)), {"also": self.tied(x)}


def test_layers_stand_in_the_order_of_their_calls_and_unused_ones_last():
    table = table_of(Several(), x=torch.randn(1, 6))
    assert [layer.name for layer in table.layers] == ["(whole)", "first", "act", "late", "tied", "unused"]
    assert [layer.calls for layer in table.layers] == [1, 1, 2, 1, 1, 0]
    assert lines(table)["unused"].multiply_adds is None and lines(table)["unused"].output == ()
    assert table.outputs == ((3,), (3,)) == lines(table)["(whole)"].output


def test_parameters_add_up_to_the_models_with_shared_ones_counted_once():
    module = Several()
    module.first.weight.requires_grad_(False)
    table = table_of(module, x=torch.randn(1, 6))
    assert sum(layer.parameters for layer in table.layers) == sum(p.numel() for p in module.parameters())
    assert sum(layer.trainable for layer in table.layers) == sum(p.numel() for p in module.parameters() if p.requires_grad)
    found = lines(table)
    assert (found["late"].parameters, found["late"].shared) == (4 * 3 + 3, 0)
    assert (found["tied"].parameters, found["tied"].shared) == (3, 12)
    assert found["(whole)"].parameters == 6 and found["first"].trainable == 4


@pytest.mark.parametrize(
    ("layer", "shape", "expected"),
    [
        (nn.Linear(5, 7), (5,), 5 * 7),
        (nn.Linear(5, 7), (11, 5), 11 * 5 * 7),
        (nn.Conv2d(3, 8, 3, padding=1), (3, 10, 12), 10 * 12 * 8 * 3 * 9),
        (nn.Conv2d(8, 8, 3, stride=2, groups=8), (8, 9, 9), 4 * 4 * 8 * 9),
        (nn.Conv1d(2, 4, 5), (2, 20), 16 * 4 * 2 * 5),
        (nn.ConvTranspose2d(3, 5, 2, stride=2), (3, 4, 4), 4 * 4 * 3 * 5 * 4),
        (nn.LSTM(5, 7, num_layers=2, bidirectional=True, batch_first=True), (11, 5), 11 * 2 * 4 * 7 * ((5 + 7) + (14 + 7))),
        (nn.GRU(5, 7, batch_first=True), (11, 5), 11 * 3 * 7 * (5 + 7)),
        (nn.BatchNorm2d(3), (3, 4, 4), 0),
    ],
)
def test_multiply_adds_are_those_of_the_textbook(layer, shape, expected):
    table = table_of(layer, x=torch.randn(1, *shape))
    assert table.multiply_adds == expected == table.layers[0].multiply_adds
    assert table.layers[0].parameters == sum(p.numel() for p in layer.parameters())


@pytest.mark.parametrize("fused", [True, False])
def test_attention_counts_its_projections_and_both_products_whatever_kernel_the_model_would_use(fused):
    torch.backends.mha.set_fastpath_enabled(fused)
    try:
        tokens, width, inner = 6, 8, 16
        table = table_of(nn.TransformerEncoderLayer(width, 2, inner, batch_first=True), x=torch.randn(1, tokens, width))
        assert torch.backends.mha.get_fastpath_enabled() is fused and torch._C._get_mkldnn_enabled()
    finally:
        torch.backends.mha.set_fastpath_enabled(True)
    found = lines(table)
    assert found["self_attn"].multiply_adds == 4 * tokens * width * width + 2 * tokens * tokens * width
    assert table.multiply_adds == found["self_attn"].multiply_adds + 2 * tokens * width * inner
    names = [layer.name for layer in table.layers]
    assert names.index("self_attn.out_proj") == names.index("self_attn") + 1  # its weight is read, it is not called
    assert found["self_attn.out_proj"].calls == 0 and found["self_attn.out_proj"].parameters == width * width + width


def test_a_function_inside_a_block_is_counted_at_the_block():
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.query = nn.Linear(4, 4)

        def forward(self, x):
            q = self.query(x)
            return nn.functional.scaled_dot_product_attention(q, x, x)

    table = table_of(nn.Sequential(Block()), x=torch.randn(1, 5, 4))
    assert lines(table)["0"].multiply_adds == 2 * 5 * 5 * 4 and lines(table)["0.query"].multiply_adds == 5 * 16


def test_several_rows_give_the_figures_of_one():
    one, four = (table_of(nn.Linear(5, 7), rows, x=torch.randn(rows, 5)) for rows in (1, 4))
    assert one == four


def test_arguments_go_by_name_unless_there_is_only_x():
    class Named(nn.Module):
        def forward(self, *, ids, mask):
            return ids * mask

    table = table_of(Named(), ids=torch.ones(1, 3), mask=torch.ones(1, 3))
    assert table.outputs == ((3,),) and table.note == ""


def test_the_batch_is_the_first_axis_of_size_one():
    assert shapes((torch.zeros(1, 4, 5), [torch.zeros(2, 1, 5)], {"a": torch.zeros(1, 1, 5)}, None)) == ((4, 5), (2, 5), (1, 5))


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_torchscript_and_exported_programs_have_parameters_only_and_say_why():
    inner = nn.Sequential(nn.Linear(3, 4), nn.ReLU())
    scripted = layer_table(torch.jit.script(inner), lambda: pytest.fail("called"))
    assert scripted.multiply_adds is None and "TorchScript" in scripted.note
    assert [(layer.parameters, layer.output, layer.calls) for layer in scripted.layers] == [(16, (), None)]
    exported = layer_table(torch.export.export(inner, (torch.randn(2, 3),)).module(), lambda: pytest.fail("called"))
    assert sum(layer.parameters for layer in exported.layers) == 16 and "exported program" in exported.note
    mixed = nn.Sequential(nn.Linear(3, 3), torch.jit.script(inner))
    table = table_of(mixed, x=torch.randn(1, 3))
    assert lines(table)["0"].multiply_adds == 9 and table.multiply_adds is None and "`1`: the model is compiled" in table.note


def test_a_model_that_raises_keeps_no_hook_and_leaves_its_reason():
    class Raises(nn.Sequential):
        def forward(self, x):
            super().forward(x)
            raise RuntimeError("no such size")

    module = Raises(nn.Linear(2, 2))
    table = table_of(module, x=torch.randn(1, 2))
    assert table.note == "the forward pass with counting hooks failed: no such size" and table.layers[0].parameters == 6
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in module.modules())
    assert torch._C._get_mkldnn_enabled() and torch.backends.cudnn.enabled


def test_a_layer_whose_size_is_not_known_yet_counts_nothing():
    class Lazy(nn.Module):
        def __init__(self):
            super().__init__()
            self.met, self.never = nn.Linear(3, 2), nn.LazyLinear(5)

        def forward(self, x):
            return self.met(x)

    assert [(layer.name, layer.parameters) for layer in table_of(Lazy(), x=torch.randn(1, 3)).layers] == [("met", 8)]


def test_the_public_summary_prints_and_leaves_the_model_as_it_was():
    module = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(72, 3)).train()
    found = auditor.summary(module, torch.rand(4, 1, 8, 8))
    assert module.training and module[1].inplace and all(p.requires_grad for p in module.parameters())
    assert (found.parameters, found.multiply_adds, found.outputs) == (239, 36 * 2 * 9 + 72 * 3, ((3,),))
    text = str(found)
    assert "1 × 8 × 8 float32" in text and "2 × 6 × 6" in text and f"SHA-256 {found.state_sha256}" in text
    assert type(found).model_validate_json(found.to_json()) == found


def test_a_summary_of_something_else_is_refused_with_what_was_found():
    with pytest.raises(AuditError, match="not a torch module"):
        auditor.summary("resnet", torch.rand(1, 3))
    with pytest.raises(AuditError, match="at least one row") as error:
        auditor.summary(nn.Linear(3, 2), {"x": [1, 2, 3]})
    assert error.value.found == "x: list"


class Branching(nn.Module):
    """One layer twice, or another one once, by the sum of the input."""

    def __init__(self):
        super().__init__()
        self.wide, self.narrow = nn.Linear(4, 4), nn.Linear(4, 4, bias=False)

    def forward(self, x):
        return torch.cond(x.sum() > 0, lambda x: self.wide(self.wide(x)), lambda x: self.narrow(x), (x,))


def test_layers_of_both_branches_are_counted():
    table = table_of(Branching(), x=torch.ones(1, 4))
    assert table.note == "" and table.multiply_adds == (2 + 1) * 4 * 4
