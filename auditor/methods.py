"""Attribution methods as classes with their options: `auditor.methods.IntegratedGradients(steps=128)`."""

from __future__ import annotations

from typing import Any

from auditor import registry

SPELLED = {
    "smoothgrad": "SmoothGrad",
    "vargrad": "VarGrad",
    "gradcam": "GradCam",
    "gradcam_pp": "GradCamPp",
    "deeplift": "DeepLift",
    "deeplift_shap": "DeepLiftShap",
}
"""Names that the field writes with a capital inside a word."""


def _class_name(name: str) -> str:
    return SPELLED.get(name, "".join(part.capitalize() for part in name.split("_")))


def __getattr__(name: str) -> Any:
    for method in registry.names("explain"):
        if _class_name(method) == name:
            return registry.load("explain", method, "METHOD")
    raise AttributeError(f"no attribution method is called {name!r}; there are: {', '.join(__dir__())}")


def __dir__() -> list[str]:
    return [_class_name(method) for method in registry.names("explain")]
