"""A reader of words whose rule is known: a method that follows it can be relied on, by the same six criteria as for images."""

import json

import pytest

from auditor.run.audit import audit
from tests.run import small

PLAN = """
name: words
model:
  name: bag of words
  factory: subject.py:model
  classes: ["no", "yes"]
data:
  name: drawn texts
  factory: subject.py:data
  modality: text
  ids: plain
methods: [occlusion, random]
primary: {method: occlusion, steps: 6, score: probability}
samples: 120
reference: {rows: 200, draws: 4}
threads: 1
trust: {cases: 120, curves: 120, noise: 1, other_class: false, infidelity: 0, cascade: 'no'}
"""

SUBJECT = """
import torch
from torch import nn

WORTH = torch.linspace(-1, 1, 40)[torch.randperm(40, generator=torch.Generator().manual_seed(5))]


class Texts(torch.utils.data.Dataset):
    def __len__(self):
        return 300

    def __getitem__(self, i):
        generator = torch.Generator().manual_seed(i)
        own = 9 + i % 4
        ids = torch.randint(4, 40, (12,), generator=generator)
        mask = (torch.arange(12) < own).long()
        label = int(WORTH[ids[:own]].sum() > 0)
        return {"input": {"input_ids": ids * mask, "attention_mask": mask}, "label": label, "id": f"t{i}"}


class Bag(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(40, 6, padding_idx=0)
        self.head = nn.Linear(6, 2)
        with torch.no_grad():
            self.words.weight.normal_(0, 0.3, generator=torch.Generator().manual_seed(1))
            self.words.weight[:, 0] = WORTH
            self.words.weight[0] = 0
            self.head.weight.zero_()
            self.head.weight[1, 0] = 2.0
            self.head.bias.zero_()

    def forward(self, input_ids, attention_mask):
        values = self.words(input_ids) * attention_mask[:, :, None]
        return self.head(values.sum(1))


def data():
    return Texts()


def model():
    return Bag()
"""


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("words")
    audit(small.write(folder, PLAN, SUBJECT), folder / "run")
    report = json.loads(small.report_bytes(folder / "run"))
    return {one["id"].removeprefix("verdict-"): one for one in report["findings"] if one["kind"] == "verdict"}


def test_a_text_method_that_follows_the_model_is_usable(verdicts):
    found = verdicts["occlusion"]
    said = {part["id"]: (part["status"], part["statement"]) for part in found["criteria"]}
    assert "usable for class-level rankings" in found["statement"], said
    assert said["V5"][0] == "met" and said["V6"][0] == "met" and "marginal" in said["V6"][1]
    assert said["V4"] == ("not applicable", "the method does not claim it")
