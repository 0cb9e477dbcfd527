"""The keys under `model:` of a plan: where the model comes from, and what its outputs are."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field, model_validator

from auditor.plan.part import ClassName, Name, Part, or_text

Output = Literal["logits", "log_probabilities", "probabilities"]

FACTORY = "package.module:function or file.py:function, returns a torch.nn.Module or a Python function of predictions"
PATH = "a TorchScript file, a torch.export program (.pt2), or a folder of Hugging Face transformers"


def short_weights(value: Any) -> Any:
    """`weights: FILE` is short for `weights: {path: FILE}`."""
    return {"path": value} if isinstance(value, str) else value


class Weights(Part):
    """A file of weights: .safetensors, or .pt/.pth/.ckpt read with weights_only=True."""

    model_config = ConfigDict(json_schema_extra=or_text)

    path: Name = Field(description="relative to the plan, absolute, or package:NAME/inside/the/package")
    key: str | None = Field(None, description="entry of the file that holds the state dict, such as state_dict")
    strip_prefix: str | None = Field(None, description="prefix removed from every name, such as model. or module.")
    sha256: str | None = Field(None, pattern="^[0-9a-f]{64}$", description="refuse the file when its digest differs")

    _short = model_validator(mode="before")(short_weights)


class ModelSource(Part):
    """Where one network comes from: exactly one of `factory` and `path`. Nothing of the model is ever unpickled."""

    name: Name
    factory: Name | None = Field(None, description=FACTORY)
    arguments: dict[str, Any] = Field(default_factory=dict, description="keyword arguments of the factory")
    weights: Weights | None = Field(None, description="a path, or {path, key, strip_prefix, sha256}; loaded into the factory's")
    path: Name | None = Field(None, description=PATH)
    sha256: str | None = Field(None, pattern="^[0-9a-f]{64}$", description="of the file under `path`; refused when it differs")
    output: Output = Field("logits", description="what the model returns; checked against the data")


class ModelPlan(ModelSource):
    """The model to audit: exactly one of `factory`, `path` and `members`."""

    version: str = ""
    description: str = ""
    members: tuple[ModelSource, ...] = Field((), description="an ensemble: two or more of {name, factory or path, …}")
    combine: Literal["mean_probability", "mean_logit"] = Field(
        "mean_probability", description="how members' outputs are joined"
    )
    classes: tuple[ClassName, ...] = Field(
        (), description="class names in the order of the outputs; a Hugging Face folder brings its own"
    )
    head: Literal["softmax", "sigmoid"] = Field(
        "softmax", description="sigmoid: one logit for two classes, or each class a question of its own"
    )
    multi_label: bool = Field(False, description="a sample may have several labels, or none; needs `head: sigmoid`")
    threshold: float = Field(0.5, gt=0, lt=1, description="multi-label: a class is predicted where its probability reaches it")
