"""What a path, or `module:function`, to a model most likely is: the lines under `model:` of a first plan."""

from __future__ import annotations

from typing import Any

from auditor.errors import AuditError
from auditor.inputs.file_kinds import recognise
from auditor.start_data import existing, is_factory


def guess_model(text: str, written: str, name: str, factory: str | None = None) -> tuple[dict[str, Any], str]:
    """(lines under `model:`, why).

    Args:
        text: a path from here, or `module:function`.
        written: the same as it stands in the plan.
        name: of the model.
        factory: the function that builds the network, for a file that holds only weights.

    Raises:
        AuditError: nothing there, a pickle, or weights without the code that builds the network.
    """
    if is_factory(text):
        return {"name": name, "factory": written}, "built by a function"
    path = existing(text, "There is no model at this place.", "a file, a folder of transformers, or module:function")
    if path.is_dir():
        if not (path / "config.json").is_file():
            raise AuditError(
                f"The folder `{path.name}` is no model.",
                found="no config.json in it",
                expected="a folder that transformers' save_pretrained writes",
                fix="name the folder that holds config.json and model.safetensors",
            )
        return {"name": name, "path": written}, "a folder of Hugging Face transformers"
    kind = recognise(path)
    if kind.name in ("torchscript", "exported"):
        return {"name": name, "path": written}, kind.words.split(":")[0]
    if kind.name in ("safetensors", "checkpoint"):
        if factory is None:
            raise AuditError(
                f"`{path.name}` holds weights, and weights alone are no model.",
                found=kind.words,
                expected="the function that builds the network, too",
                fix="add --factory file.py:function (it returns the torch.nn.Module; the weights are loaded into it)",
            )
        return {"name": name, "factory": factory, "weights": written}, f"{kind.words}, loaded into what {factory} builds"
    raise AuditError(
        f"`{path.name}` is no model that can be opened.",
        found=kind.words,
        expected="TorchScript, a torch.export program, a folder of transformers, weights with --factory, or module:function",
        fix=kind.fix or "save the weights with safetensors and name the function that builds the network: --factory",
    )
