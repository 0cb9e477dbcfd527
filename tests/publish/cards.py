"""Cards as people write them, and what must hold of every edit of one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

OURS = """\
  - task: {type: image-classification}
    dataset: {type: mnist-5k, name: an older run}
    metrics: # edited by hand
    - type: accuracy
      value: 0.1
    source:
      name: "auditor"
      url: audit/report.pdf
"""
OTHERS = """\
  # measured by hand, do not touch
  - task:
      type: image-classification
      name: Digits
    dataset:
      name: MNIST
      type: mnist
      args:
        fold: 3
    metrics:
      - type: accuracy
        value: 99.1   # percent
        verified: false
        unknown_key: [1, 2]
    source:
      name: Papers With Code
      url: https://example.org/mnist
"""
FRONT = """\
# license of the weights
license:   apache-2.0
language: [en, "no"]
tags:
- vision   # a comment
- 'digits'
datasets:
    - mnist
co2_eq_emissions: {emissions: 1.50, source: "code carbon"}
model_name: "caf\u00e9 \U0001f600"
description: >
   two lines
   of text
"""
BODY = """\

# A digit model

Text with trailing blanks   \n
<!-- begin other-tool -->
generated
<!-- end other-tool -->

```yaml
---
model-index: nonsense
---
```

| a | b |
|---|---|
"""
INDENTED = re.sub("(?m)^", "    ", OTHERS)
FLOW = "[{task: {type: x}, dataset: {type: y, name: y}, metrics: []}]"
INDEX = "model-index:\n- name: digits\n  results:\n"

CARDS: dict[str, str] = {
    "plain": f"---\n{FRONT}---\n{BODY}",
    "no front matter": BODY.lstrip(),
    "nothing at all": "",
    "one line without a break": "# Digits",
    "an empty front matter": f"---\n---\n{BODY}",
    "only comments in the front matter": f"---\n# nothing yet\n---\n{BODY}",
    "others' results": f"---\n{FRONT}{INDEX}{OTHERS}---\n{BODY}",
    "others' results first": f"---\n{INDEX}{OTHERS}# after the index\n{FRONT}---\n{BODY}",
    "others' results, indented": f"---\nmodel-index:\n  - name: digits\n    results:\n{INDENTED}x: 1\n---\n",
    "a block text at the end of the results": f"---\n{INDEX}{OTHERS}    extra: |\n      two\n      lines\n{FRONT}---\n{BODY}",
    "two models": f"---\n{INDEX}{OTHERS}- name: other\n  results:\n{OTHERS}---\n{BODY}",
    "results in flow style": f"---\n{INDEX.rstrip()} {FLOW}\n---\n",
    "an empty index": f"---\nmodel-index: []\n{FRONT}---\n{BODY}",
    "a null index": f"---\n{FRONT}model-index:\n---\n{BODY}",
    "two front matters": f"---\n{FRONT}---\n---\nlicense: mit\n---\n{BODY}",
    "no break at the end of the file": f"---\n{FRONT}---\n# Digits",
    "blank lines in front": f"\n\n---\n{FRONT}---\n{BODY}",
    "a closing with blanks": f"---\n{FRONT}---  \n{BODY}",
    "no body": f"---\n{FRONT}---",
}
WITH_OURS: dict[str, str] = {
    "alone": f"---\n{INDEX}{OURS}{FRONT}---\n{BODY}",
    "before others": f"---\n{INDEX}{OURS}{OTHERS}{FRONT}---\n{BODY}",
    "after others": f"---\n{FRONT}{INDEX}{OTHERS}{OURS}  # a comment behind it\n---\n{BODY}",
    "between others": f"---\n{INDEX}{OTHERS}{OURS}{OTHERS}---\n{BODY}",
    "twice": f"---\n{INDEX}{OURS}{OTHERS}{OURS}---\n{BODY}",
    "in the second model": f"---\n{INDEX}{OTHERS}- name: b\n  results:\n{OURS}---\n{BODY}",
}


def others(content: bytes) -> Any:
    """Front matter as PyYAML reads it, without our results and the models only they are in."""
    text = content.decode().removeprefix("\ufeff")
    block = re.match(r"\s*---\r?\n((?:[\S\s]*?\r?\n)??)---[ \t]*(?:\r?\n|$)", text)
    data = (yaml.safe_load(block[1] or "") if block else None) or {}
    models = []
    for model in data.pop("model-index", None) or []:
        kept = [one for one in model["results"] if (one.get("source") or {}).get("name") != "auditor"]
        if kept:
            models.append({**model, "results": kept})
    return data, models


def ours(content: bytes) -> list[dict[str, Any]]:
    """Our results, as PyYAML reads them."""
    text = content.decode().removeprefix("\ufeff")
    data = yaml.safe_load(re.match(r"\s*---\r?\n([\S\s]*?)\r?\n---", text)[1])
    found = [one for model in data["model-index"] for one in model["results"]]
    return [one for one in found if (one.get("source") or {}).get("name") == "auditor"]


def lines(content: bytes) -> list[bytes]:
    return re.findall(rb"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$", content)


def lost(before: bytes, after: bytes) -> Iterator[bytes]:
    """Lines of `before` that are not in `after`, in order, byte for byte."""
    rest = iter(lines(after))
    for line in lines(before):
        if not any(line == other or (line[-1:] not in b"\r\n" and other.startswith(line)) for other in rest):
            yield line
            return
