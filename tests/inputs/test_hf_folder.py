"""Folders of Hugging Face transformers: read offline, whole or not at all, and prepared as they say."""

from __future__ import annotations

import json
import pickle
import shutil
import socket
import sys

import pytest
import torch

from auditor.errors import AuditError
from auditor.inputs.model import TorchModel
from auditor.inputs.model_files import open_model_path

transformers = pytest.importorskip("transformers")
X = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))
SMALL = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}


@pytest.fixture(scope="module")
def vit(tmp_path_factory):
    torch.manual_seed(0)
    config = transformers.ViTConfig(image_size=16, patch_size=4, id2label={0: "cat", 1: "crane", 2: "crane"}, **SMALL)
    return saved(transformers.ViTForImageClassification(config), tmp_path_factory.mktemp("vit"))


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    torch.manual_seed(0)
    config = transformers.BertConfig(vocab_size=50, id2label={0: "ham", 1: "spam"}, **SMALL)
    return saved(transformers.BertForSequenceClassification(config), tmp_path_factory.mktemp("bert"))


def saved(model, folder):
    transformers.utils.logging.disable_progress_bar()
    model.save_pretrained(folder)
    return model.eval(), folder


@pytest.fixture
def copied(vit, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(vit[1], folder)
    return folder


def configured(folder, **values):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))
    return folder


def refused(folder):
    with pytest.raises(AuditError) as caught:
        open_model_path(folder)
    assert caught.value.fix
    return caught.value


def test_an_image_classifier_is_read_offline_with_its_class_names(vit, monkeypatch):
    def no_network(*_):
        raise OSError("no network in this test")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    model, folder = vit
    opened = open_model_path(folder)
    assert opened.classes == ("cat", "crane (1)", "crane (2)")
    assert [fact.name for fact in opened.files] == ["config.json", "model.safetensors"]
    assert any("eager" in note for note in opened.notes) and any("crane" in note for note in opened.notes)
    assert not opened.module.training
    found = TorchModel(opened.module, opened.classes).logits({"x": X.clone()})
    torch.testing.assert_close(found, model(X).logits, atol=1e-5, rtol=1e-5)


def test_attention_maps_can_be_read_because_attention_is_eager(vit):
    module = open_model_path(vit[1]).module
    with torch.no_grad():
        maps = module(X, output_attentions=True).attentions
    assert [tuple(map_.shape) for map_ in maps] == [(2, 2, 17, 17)] * 2
    torch.testing.assert_close(maps[0].sum(-1), torch.ones(2, 2, 17))


def test_a_text_classifier_is_read_and_takes_its_arguments_by_name(bert):
    model, folder = bert
    opened = open_model_path(folder)
    assert opened.classes == ("ham", "spam")
    ids, mask = torch.tensor([[1, 7, 9, 0], [1, 3, 4, 8]]), torch.tensor([[1, 1, 1, 0], [1, 1, 1, 1]])
    audited = TorchModel(opened.module, opened.classes)
    offered = {"input_ids": ids, "attention_mask": mask, "word_of_token": ids}
    audited.choose_arguments(offered)
    torch.testing.assert_close(audited.logits(audited.receives(offered)), model(ids, mask).logits, atol=1e-5, rtol=1e-5)


def test_weights_in_parts_are_all_digested(bert, tmp_path):
    bert[0].save_pretrained(tmp_path, max_shard_size="8KB")
    names = [fact.name for fact in open_model_path(tmp_path).files]
    assert names[:2] == ["config.json", "model.safetensors.index.json"]
    assert sorted(names[2:]) == sorted(path.name for path in tmp_path.glob("model-*.safetensors"))
    assert len(names) > 3


def test_half_precision_weights_are_converted_with_a_note(bert, tmp_path):
    saved(transformers.BertForSequenceClassification(bert[0].config).to(torch.bfloat16), tmp_path)
    opened = open_model_path(tmp_path)
    assert {p.dtype for p in opened.module.parameters()} == {torch.float32}
    assert "The weights are stored as bfloat16 and were converted to float32." in opened.notes


def test_a_pickle_of_weights_is_refused_unread(copied, capsys):
    class Bomb:
        def __reduce__(self):
            return (print, ("ran",))

    (copied / "model.safetensors").unlink()
    (copied / "pytorch_model.bin").write_bytes(pickle.dumps(Bomb()))
    error = refused(copied)
    assert error.found == "pytorch_model.bin"
    assert "save_pretrained" in error.fix
    assert "ran" not in capsys.readouterr().out


def test_a_model_whose_head_is_not_in_the_files_is_refused(vit, tmp_path):
    body = transformers.ViTModel(vit[0].config)
    saved(body, tmp_path)
    configured(tmp_path, architectures=["ViTForImageClassification"])
    error = refused(tmp_path)
    assert "classifier.weight" in error.found
    assert "fine-tuned" in error.fix


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"auto_map": {"AutoModel": "code.Net"}}, "brings Python code of its own"),
        ({"architectures": ["ViTModel"]}, "names no classifier"),
        ({"architectures": None}, "names no classifier"),
        ({"model_type": "no-such-type"}, "transformers cannot load"),
        ({"hidden_size": 24}, "transformers cannot load"),
    ],
)
def test_a_folder_that_is_no_classifier_of_the_library_is_refused(copied, change, message):
    assert message in refused(configured(copied, **change)).message


def test_damaged_files_of_a_folder_are_told(copied):
    content = (copied / "model.safetensors").read_bytes()
    (copied / "model.safetensors").write_bytes(content[:100])
    assert "transformers cannot load" in refused(copied).message
    (copied / "config.json").write_text("{")
    assert "cannot be read" in refused(copied).message
    (copied / "config.json").unlink()
    assert "There is no file `config.json`" in refused(copied).message


def test_a_missing_library_says_what_to_install(copied, monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    assert refused(copied).fix == "pip install auditor[transformers]"


def test_the_librarys_settings_are_put_back(vit):
    import huggingface_hub.constants as constants

    before = (constants.HF_HUB_OFFLINE, transformers.utils.logging.get_verbosity())
    open_model_path(vit[1])
    assert (constants.HF_HUB_OFFLINE, transformers.utils.logging.get_verbosity()) == before


def test_the_preprocessing_beside_the_model_becomes_a_plan(copied):
    values = {"image_processor_type": "ViTImageProcessor", "size": {"height": 16, "width": 16}, "image_mean": [0.5] * 3}
    (copied / "preprocessor_config.json").write_text(json.dumps({**values, "image_std": [0.5] * 3, "do_normalize": True}))
    opened = open_model_path(copied)
    assert opened.preprocessing is not None
    assert (opened.preprocessing.resize, opened.preprocessing.mean) == ((16, 16), (0.5, 0.5, 0.5))
    assert "preprocessor_config.json" in [fact.name for fact in opened.files]
