"""Weights fit the model exactly, or the audit does not start; prefixes and tied names are the only liberties."""

from __future__ import annotations

from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import nn

from auditor.errors import AuditError, UserCodeError
from auditor.inputs.weights import load_into, load_state_dict
from auditor.plan.fields import Weights


class Tied(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inside = nn.Linear(3, 3, bias=False)
        self.outside = nn.Linear(3, 3, bias=False)
        self.outside.weight = self.inside.weight


def net(seed: int = 0, width: int = 4) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(3, width), nn.BatchNorm1d(width), nn.Linear(width, 2))


def equal(one: nn.Module, other: nn.Module) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True))


def refusal(weights: Weights, folder: Path, model: nn.Module | None = None) -> AuditError:
    with pytest.raises(AuditError) as caught:
        load_into(net() if model is None else model, weights, folder)
    assert not isinstance(caught.value, UserCodeError)
    assert caught.value.found
    assert caught.value.expected
    assert caught.value.fix
    return caught.value


@pytest.mark.parametrize("name", ["a.safetensors", "a.pt", "a.pth", "a.ckpt", "a.bin", "old.pt"])
def test_each_format_gives_the_saved_model(tmp_path, name):
    saved, model = net(1), net(2)
    if name == "a.safetensors":
        safetensors.torch.save_file(saved.state_dict(), tmp_path / name)
    else:
        torch.save(saved.state_dict(), tmp_path / name, _use_new_zipfile_serialization=name != "old.pt")
    notes, path = load_into(model, Weights(path=name), tmp_path)
    assert equal(model, saved)
    assert (notes, path) == ([], tmp_path / name)


def test_the_state_dict_alone_keeps_the_types_of_the_file(tmp_path):
    torch.save({"a": torch.ones(2, dtype=torch.bfloat16), "b": torch.ones(1, dtype=torch.int64)}, tmp_path / "a.pt")
    state, _ = load_state_dict(Weights(path="a.pt"), tmp_path)
    assert [state["a"].dtype, state["b"].dtype] == [torch.bfloat16, torch.int64]


def test_the_models_types_stay_and_a_conversion_is_noted(tmp_path):
    saved, model = net(1).half(), net(2)
    torch.save(saved.state_dict(), tmp_path / "a.pt")
    notes, _ = load_into(model, Weights(path="a.pt"), tmp_path)
    assert model[0].weight.dtype is torch.float32
    assert torch.equal(model[0].weight.half(), saved[0].weight)
    assert notes == ["8 weight tensors are stored as torch.float16 and were converted to the model's torch.float32."]


@pytest.mark.parametrize("prefix", ["module.", "model.", "_orig_mod.", "model.module.", "module._orig_mod."])
def test_wrapper_prefixes_are_removed_when_all_names_carry_them(tmp_path, prefix):
    saved, model = net(1), net(2)
    torch.save({prefix + name: value for name, value in saved.state_dict().items()}, tmp_path / "a.pt")
    notes, _ = load_into(model, Weights(path="a.pt"), tmp_path)
    assert equal(model, saved)
    assert notes == [f"The prefix `{prefix}` was removed from all 9 names of the weights."]


def test_a_prefix_that_the_model_itself_has_stays(tmp_path):
    saved, model = nn.ModuleDict({"model": net(1)}), nn.ModuleDict({"model": net(2)})
    torch.save(saved.state_dict(), tmp_path / "a.pt")
    assert load_into(model, Weights(path="a.pt"), tmp_path)[0] == []
    assert equal(model, saved)


@pytest.mark.parametrize("prefix", ["net.", "module."])
def test_a_prefix_of_only_some_names_is_not_guessed_but_suggested(tmp_path, prefix):
    names = {f"{prefix}{name}": value for name, value in net().state_dict().items()} | {"loss": torch.ones(1)}
    torch.save(names, tmp_path / "a.pt")
    assert refusal(Weights(path="a.pt"), tmp_path).fix == f"set `model.weights.strip_prefix: {prefix}`"


def test_a_given_prefix_is_removed_and_one_that_is_not_there_refused(tmp_path):
    saved, model = net(1), net(2)
    torch.save({f"net.{name}": value for name, value in saved.state_dict().items()}, tmp_path / "a.pt")
    load_into(model, Weights(path="a.pt", strip_prefix="net."), tmp_path)
    assert equal(model, saved)
    error = refusal(Weights(path="a.pt", strip_prefix="nets."), tmp_path)
    assert error.found.startswith("net.0.weight, net.0.bias")
    torch.save({"net.a": torch.ones(1), "a": torch.ones(1)}, tmp_path / "b.pt")
    assert "stay different" in refusal(Weights(path="b.pt", strip_prefix="net."), tmp_path).expected


def test_a_prefix_of_the_model_alone_points_at_the_factory(tmp_path):
    torch.save(net().state_dict(), tmp_path / "a.pt")
    error = refusal(Weights(path="a.pt"), tmp_path, nn.ModuleDict({"net": net()}))
    assert error.fix == "return the inner module from the factory: only the model's names begin with `net.`"


def test_names_and_shapes_that_do_not_fit_are_counted_and_listed(tmp_path):
    state = net(width=5).state_dict()
    state["extra"] = torch.ones(1)
    del state["2.bias"]
    torch.save(state, tmp_path / "a.pt")
    error = refusal(Weights(path="a.pt"), tmp_path)
    assert error.message == "The weights in `a.pt` are not those of the model that the factory built."
    assert "1 missing in the file: 2.bias; 1 unexpected in the file: extra; 7 of another shape: " in error.found
    assert "0.weight [5, 3] in the file, [4, 3] in the model" in error.found
    assert error.found.endswith("and 2 more")
    assert error.expected == "exactly the model's 9 names and shapes"


def test_shapes_alone_point_at_the_factorys_arguments(tmp_path):
    torch.save(net(width=5).state_dict(), tmp_path / "a.pt")
    assert "the names fit, the sizes do not" in refusal(Weights(path="a.pt"), tmp_path).fix


def test_a_missing_name_is_never_overlooked(tmp_path):
    state = net().state_dict()
    del state["2.bias"]
    safetensors.torch.save_file(dict(state), tmp_path / "a.safetensors")
    assert refusal(Weights(path="a.safetensors"), tmp_path).found == "1 missing in the file: 2.bias"


def test_tied_names_left_out_by_safetensors_are_filled_in_and_said(tmp_path):
    saved, model = Tied(), Tied()
    safetensors.torch.save_model(saved, str(tmp_path / "a.safetensors"))
    assert len(load_state_dict(Weights(path="a.safetensors"), tmp_path)[0]) == 1
    notes, _ = load_into(model, Weights(path="a.safetensors"), tmp_path)
    assert equal(model, saved)
    assert len(notes) == 1
    assert "tied to" in notes[0]


def test_a_file_with_two_values_for_a_tied_parameter_is_refused(tmp_path):
    torch.save({"inside.weight": torch.zeros(3, 3), "outside.weight": torch.ones(3, 3)}, tmp_path / "a.pt")
    assert refusal(Weights(path="a.pt"), tmp_path, Tied()).found == "different tensors for `inside.weight` and `outside.weight`"


def test_nan_in_the_weights_is_a_note(tmp_path):
    saved, model = net(1), net(2)
    with torch.no_grad():
        saved[0].weight[0, 0] = float("nan")
    torch.save(saved.state_dict(), tmp_path / "a.pt")
    notes, _ = load_into(model, Weights(path="a.pt"), tmp_path)
    assert notes == ["1 of 9 weight tensors hold NaN or infinite values: 0.weight."]
    assert torch.isnan(model[0].weight[0, 0])


@pytest.mark.filterwarnings("ignore")  # the refusal must not rest on a warning of torch
def test_complex_weights_do_not_lose_their_imaginary_part(tmp_path):
    torch.save({name: value.to(torch.complex64) for name, value in net().state_dict().items()}, tmp_path / "a.pt")
    assert "complex" in refusal(Weights(path="a.pt"), tmp_path).found


def test_a_model_without_storage_takes_the_files_tensors(tmp_path):
    torch.save(net(1).state_dict(), tmp_path / "a.pt")
    with torch.device("meta"):
        model = net(2)
    load_into(model, Weights(path="a.pt"), tmp_path)
    assert equal(model, net(1))


def test_an_exception_in_the_models_own_loading_is_the_users(tmp_path):
    class Odd(nn.Linear):
        def load_state_dict(self, *args, **kwargs):
            raise KeyError("odd")

    torch.save(nn.Linear(2, 2).state_dict(), tmp_path / "a.pt")
    with pytest.raises(UserCodeError, match="load_state_dict raised KeyError"):
        load_into(Odd(2, 2), Weights(path="a.pt"), tmp_path)
