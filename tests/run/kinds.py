"""Small audits of every kind of model: each runs in about a second on random weights."""

from __future__ import annotations

SUBJECT = """
import torch
from torch import nn


def drawn(i, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(i))


class Rows(torch.utils.data.Dataset):
    def __init__(self, make, rows=70):
        self.make, self.rows = make, rows

    def __len__(self):
        return self.rows

    def __getitem__(self, i):
        return {"id": f"row-{i}", **self.make(i)}


def series(lengths=False):
    def make(i):
        x, steps = drawn(i, 3, 20), 8 + i % 13
        item = {"x": x * (torch.arange(20) < steps), "lengths": steps} if lengths else x
        return {"input": item, "label": i % 2}

    return Rows(make)


def images():
    return Rows(lambda i: {"input": drawn(i, 1, 8, 8), "label": i % 3})


def table():
    return Rows(lambda i: {"input": drawn(i, 5), "label": i % 2})


def tags():
    return Rows(lambda i: {"input": drawn(i, 5), "label": [c for c in range(4) if (i >> c) & 1]})


def tokens():
    def make(i):
        ids = torch.randint(4, 40, (12,), generator=torch.Generator().manual_seed(i))
        own = 3 + i % 10
        mask = (torch.arange(12) < own).long()
        return {"input": {"input_ids": ids * mask, "attention_mask": mask}, "label": i % 2}

    return Rows(make)


class Recurrent(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.net = kind(3, 6, batch_first=True)
        self.head = nn.Linear(6, 2)

    def forward(self, x, lengths=None):
        values, _ = self.net(x.transpose(1, 2))
        last = values[:, -1] if lengths is None else values[torch.arange(len(x)), lengths - 1]
        return self.head(last)


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(40, 8, padding_idx=0)
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)
        self.head = nn.Linear(8, 2)

    def forward(self, input_ids, attention_mask):
        values = self.encoder(self.words(input_ids), src_key_padding_mask=attention_mask == 0)
        weight = attention_mask[:, :, None].float()
        return {"logits": self.head((values * weight).sum(1) / weight.sum(1).clamp(min=1))}


def seeded(make):
    torch.manual_seed(3)
    return make()


def lstm():
    return seeded(lambda: Recurrent(nn.LSTM))


def gru():
    return seeded(lambda: Recurrent(nn.GRU))


def convolution():
    return seeded(lambda: nn.Sequential(nn.Conv1d(3, 6, 5), nn.ReLU(), nn.Flatten(), nn.Linear(96, 2)))


def mlp(outputs=2):
    return seeded(lambda: nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, outputs)))


def cnn(seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 3))


def reader():
    return seeded(Reader)


class Tuple(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = cnn()

    def forward(self, x):
        return self.net(x).log_softmax(1), x


def pair():
    return Tuple()


def function():
    import numpy

    weight = numpy.random.default_rng(0).normal(size=(5, 2)).astype("f4")
    return lambda x: numpy.exp(x @ weight) / numpy.exp(x @ weight).sum(1, keepdims=True)
"""


METHODS = "integrated_gradients, saliency, occlusion, random"


def plan(model: str, data: str, modality: str, methods: str = METHODS, rest: str = "") -> str:
    """A plan; `model` and `data` are the lines under them."""
    return f"""
name: kinds
model:
  name: network
  {model}
data:
  name: noise
  {data}
  modality: {modality}
  ids: plain
methods: [{methods}]
primary: {{steps: 6}}
samples: 60
seed: 1
examples: full
threads: 1
trust: {{cases: 12, curves: 12, copies: 2, noise: 1, infidelity: 2}}
{rest}
"""


TWO = "classes: [no, yes]"
SERIES = "factory: subject.py:series"
KINDS = {
    "lstm": plan(f"factory: subject.py:lstm\n  {TWO}", SERIES, "series"),
    "gru with lengths": plan(
        f"factory: subject.py:gru\n  {TWO}", f"{SERIES}\n  arguments: {{lengths: true}}", "series", rest="fills: [zeros]"
    ),
    "convolution over time": plan(f"factory: subject.py:convolution\n  {TWO}", SERIES, "series"),
    "one logit": plan(
        f"factory: subject.py:mlp\n  arguments: {{outputs: 1}}\n  head: sigmoid\n  {TWO}",
        "factory: subject.py:table",
        "tabular",
    ),
    "several labels": plan(
        "factory: subject.py:mlp\n  arguments: {outputs: 4}\n  head: sigmoid\n  multi_label: true\n  classes: [a, b, c, d]",
        "factory: subject.py:tags",
        "tabular",
    ),
    "tokens": plan(
        f"factory: subject.py:reader\n  {TWO}",
        "factory: subject.py:tokens",
        "text",
        "integrated_gradients, saliency, input_x_gradient, kernel_shap, lime, attention_rollout, attention_gradient, random",
        "fills: [delete]",
    ),
    "tuple of log-probabilities": plan(
        "factory: subject.py:pair\n  output: log_probabilities\n  classes: [a, b, c]", "factory: subject.py:images", "image"
    ),
    "function": plan(f"factory: subject.py:function\n  output: probabilities\n  {TWO}", "factory: subject.py:table", "tabular"),
    "ensemble": plan(
        "classes: [a, b, c]\n  members:\n"
        + "".join(f"    - {{name: net {s}, factory: 'subject.py:cnn', arguments: {{seed: {s}}}}}\n" for s in range(3)),
        "factory: subject.py:images",
        "image",
    ),
}
"""Kind -> plan."""
