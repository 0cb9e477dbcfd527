"""Models that come as files, through the whole way: TorchScript, torch.export, folders of transformers."""

import json
import warnings

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from torch import nn

from auditor.errors import AuditError
from auditor.run.audit import audit
from tests.run import small
from tests.run.kinds import SUBJECT, plan

SPECIAL = ["[PAD]", "[CLS]", "[SEP]", "[MASK]", "[UNK]"]
WORDS = [*SPECIAL, "free", "offer", "money", "meeting", "report", "friday", "win", "now", "team"]
IMAGES = "factory: subject.py:images"
CLASSES = "classes: [a, b, c]"


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 3)).eval()


def finished(folder, text, **files):
    path = small.write(folder, text, SUBJECT)
    evidence = audit(path, folder / "run")
    report = json.loads(small.report_bytes(folder / "run"))
    assert evidence.complete
    return evidence, report


def clean(evidence):
    return {row["sample_id"]: row["logits"] for row in evidence.table("predictions").to_pylist() if row["variant"] == ""}


def own_images(count=70):
    return torch.stack([torch.randn(1, 8, 8, generator=torch.Generator().manual_seed(i)) for i in range(count)])


@pytest.mark.parametrize("kind", ["scripted", "frozen", "exported for 16 rows", "exported for any number of rows"])
def test_a_compiled_program_is_audited_and_what_it_cannot_do_is_said(tmp_path, kind):
    module, x = network(), torch.zeros(16, 1, 8, 8)
    if kind.startswith("exported"):
        dynamic = ({0: torch.export.Dim("batch")},) if "any" in kind else None
        torch.export.save(torch.export.export(module, (x,), dynamic_shapes=dynamic), tmp_path / "net.pt2")
        name = "net.pt2"
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # torch would rather export; such files are about for years
            scripted = torch.jit.trace(module, x)
            torch.jit.save(torch.jit.freeze(scripted) if kind == "frozen" else scripted, tmp_path / "net.ts")
        name = "net.ts"
    text = plan(f"path: {name}\n  {CLASSES}", IMAGES, "image", "saliency, integrated_gradients, gradcam, occlusion, random")
    evidence, report = finished(tmp_path, text)
    with torch.no_grad():
        expected = module(own_images())
    for name, logits in clean(evidence).items():
        assert np.allclose(logits, expected[int(name.removeprefix("row-"))], atol=1e-5)
    methods = {method.name: method for method in evidence.prepared.methods}
    assert methods["integrated_gradients"].applies
    if not kind.startswith("exported"):
        assert "TorchScript" in methods["gradcam"].reason
    assert evidence.prepared.environment.rows == 16 or kind != "exported for 16 rows"
    assert {file["role"] for file in report["prepared"]["files"]} >= {"weights"} or report["prepared"]["files"]


def test_rows_that_an_exported_program_cannot_take_are_refused(tmp_path):
    torch.export.save(torch.export.export(network(), (torch.zeros(16, 1, 8, 8),)), tmp_path / "net.pt2")
    text = plan(f"path: net.pt2\n  {CLASSES}", IMAGES, "image", rest="rows: 8")
    with pytest.raises(AuditError, match="another number of rows") as error:
        audit(small.write(tmp_path, text, SUBJECT), tmp_path / "run")
    assert "16" in error.value.expected


def bert(folder):
    """A tiny random BERT with its tokenizer, as `save_pretrained` writes them."""
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=16, id2label={0: "ham", 1: "spam"}, label2id={"ham": 0, "spam": 1},
    )  # fmt: skip
    model = transformers.BertForSequenceClassification(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter *= 5  # so that words matter
    model.save_pretrained(folder)
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    tokenizer.add_special_tokens(SPECIAL)
    tokenizer.save(str(folder / "tokenizer.json"))
    special = {"pad_token": "[PAD]", "mask_token": "[MASK]", "model_max_length": 16}
    (folder / "tokenizer_config.json").write_text(json.dumps(special))
    return model


def mails(folder, rows=70):
    generator = np.random.default_rng(0)
    texts = [" ".join(generator.choice(WORDS[5:], generator.integers(1, 20))) for _ in range(rows)]
    lines = [f'"{text}",{("ham", "spam")[i % 2]}' for i, text in enumerate(texts)]
    (folder / "mails.csv").write_text("text,kind\n" + "\n".join(lines) + "\n")
    return texts


def test_a_folder_of_bert_and_a_table_of_mails_are_all_a_plan_needs(tmp_path):
    model = bert(tmp_path / "bert")
    texts = mails(tmp_path)
    text = plan(
        "path: bert", "path: mails.csv\n  text: {column: text, label: kind}", "text",
        "integrated_gradients, saliency, kernel_shap, occlusion, random", "fills: [delete]",
    )  # fmt: skip
    evidence, report = finished(tmp_path, text)
    prepared = evidence.prepared
    assert prepared.model.classes == ("ham", "spam")
    assert set(prepared.model.arguments) == {"input_ids", "attention_mask", "token_type_ids"}
    cut = sum(len(words.split()) > 14 for words in texts)
    assert any(str(cut) in note for note in prepared.data.notes)
    for number, (name, logits) in enumerate(clean(evidence).items()):
        words = texts[int(name)].split()[:14]
        ids = torch.tensor([[1, *(WORDS.index(word) for word in words), 2]])
        with torch.no_grad():
            assert np.allclose(logits, model(ids).logits[0], atol=1e-4), number
    rows = [row for row in evidence.table("attributions").to_pylist() if (row["method"], row["variant"]) == ("occlusion", "")]
    for row in rows[:5]:
        words = texts[int(row["sample_id"])].split()[:14]
        assert row["names"] == words
        for place, value in enumerate(row["values"]):
            ids = torch.tensor([[1, *(3 if i == place else WORDS.index(word) for i, word in enumerate(words)), 2]])
            with torch.no_grad():
                filled = float(model(ids).logits[0, row["target"]])
            assert value == pytest.approx(clean(evidence)[row["sample_id"]][row["target"]] - filled, abs=1e-3)
    named = {result["name"] for result in report["results"]}
    assert {"accuracy", "normalised_margin"} <= named


def test_a_tokenizer_that_does_not_fit_the_model_is_refused(tmp_path):
    bert(tmp_path / "bert")
    mails(tmp_path)
    tokenizer = json.loads((tmp_path / "bert" / "tokenizer.json").read_text())
    tokenizer["model"]["vocab"]["now"] = 99
    (tmp_path / "other.json").write_text(json.dumps(tokenizer))
    data = "path: mails.csv\n  text: {column: text, label: kind, tokenizer: other.json}"
    with pytest.raises(AuditError, match="tokenizer does not fit the model"):
        audit(small.write(tmp_path, plan("path: bert", data, "text"), SUBJECT), tmp_path / "run")


def test_an_ensemble_may_mix_a_folder_of_a_vision_transformer_and_a_factory(tmp_path):
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(1)
    config = transformers.ViTConfig(
        image_size=8, patch_size=4, num_channels=1, hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=32, id2label={0: "a", 1: "b", 2: "c"}, label2id={"a": 0, "b": 1, "c": 2},
    )  # fmt: skip
    vit = transformers.ViTForImageClassification(config).eval()
    vit.save_pretrained(tmp_path / "vit")
    net = network()
    save_file(net.state_dict(), tmp_path / "net.safetensors")
    members = "{name: vit, path: vit}, {name: net, factory: 'subject.py:cnn', weights: net.safetensors}"
    text = plan(f"members: [{members}]\n  combine: mean_logit\n  {CLASSES}", IMAGES, "image")
    evidence, _ = finished(tmp_path, text)
    with torch.no_grad():
        expected = (vit(own_images()).logits + net(own_images())) / 2
    for name, logits in clean(evidence).items():
        assert np.allclose(logits, expected[int(name.removeprefix("row-"))], atol=1e-4)
    assert [member.name for member in evidence.prepared.model.members] == ["vit", "net"]
