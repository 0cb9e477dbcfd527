"""Attributions where nothing of importance changed (a little noise, another seed), and where the question did (another class).

Sources: stability and the largest change, Yeh et al., 2019, "On the (in)fidelity and sensitivity of explanations", definition 2
(https://arxiv.org/abs/1901.09392), with normal noise in the place of a ball; another class, Sixt, Granz & Landgraf, 2020,
"When explanations lie" (https://arxiv.org/abs/1912.09818).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

import pyarrow as pa
import torch
from torch import Tensor

from auditor.evidence.schema import TABLES
from auditor.explain._context import Context, Explainer, cost_under
from auditor.inputs.embedding_noise import moved_embedding
from auditor.inputs.model import TorchModel
from auditor.inputs.randomness import normal, uniform
from auditor.observe._again import checked, explained_again, on_copy
from auditor.observe._setting import Setting, Tables, check_rows
from auditor.removal.fill import broadcast

DRAWING = (
    *("deeplift_shap", "expected_gradients", "kernel_shap", "lime", "permutation_shapley", "rise", "smoothgrad", "vargrad"),
)
"""Methods that draw numbers of their own, so that another seed gives another estimate; `draws` knows of options too."""
SHARE = 0.01
"""Standard deviation of the noise, as a share of each input element's over the reference rows."""
SEED_STEP = 7919  # added to the plan's seed: another seed that no plan asks for by chance


def draws(name: str, method: Explainer) -> bool:
    """Whether a method of the plan draws: by its kind, or because its options ask for a number of baselines from the data."""
    return name in DRAWING or isinstance(getattr(method, "baselines", None), int)


_ROWS = 64  # of the reference added up at a time


def noise_deviation(reference: Tensor) -> Tensor:
    """Standard deviation of the noise at each element, float64 [*shape], from reference rows [n, *shape]."""
    parts = torch.split(reference.cpu(), _ROWS)
    mean = sum((part.double().sum(dim=0) for part in parts), torch.zeros(())) / len(reference)
    squares = sum(((part.double() - mean).square().sum(dim=0) for part in parts), torch.zeros(()))
    return SHARE * (squares / len(reference)).sqrt()


@dataclass(frozen=True)
class _Again:
    """Attributions once more; fills `attributions`."""

    tables: ClassVar[tuple[str, ...]] = ("attributions",)
    after: ClassVar[tuple[str, ...]] = ()

    def cost(self, methods: Mapping[str, Explainer], features: int, steps: int, draws: Mapping[str, int]) -> tuple[int, int]:
        """The methods' own costs, and a clean pass of the changed inputs."""
        own = [cost_under(method, features, draws) for method in self.asked(methods).values()]
        return 1 + sum(c[0] for c in own), sum(c[1] for c in own)

    def asked(self, methods: Mapping[str, Explainer]) -> dict[str, Explainer]:
        """The methods this is asked of."""
        return checked(methods)


@dataclass(frozen=True)
class Noisy(_Again):
    """Variant `input_noise:<number>`: x + noise. Check `prediction_kept` is 0 where that changes the prediction, else 1.

    Inputs that are whole numbers stay as they are: there the vectors that the model reads for them are moved.

    Attributes:
        number: of the draw, from 1.
        deviation: of the noise, [*shape] of one input, from `noise_deviation`; None: there is none.
        threshold: of several labels, the probability from which a class is predicted; None: one class is.
    """

    tables: ClassVar[tuple[str, ...]] = ("checks", "attributions")

    number: int
    deviation: Tensor | None = field(repr=False)
    threshold: float | None = None

    def observe(self, context: Context, setting: Setting, rows: Mapping[str, pa.Table]) -> Tables:
        """One row per case and method."""
        batch, model = context.batch, context.model
        if not isinstance(model, TorchModel):
            raise TypeError("only the audit's own model is asked under noise")
        if batch.x.is_floating_point():
            moved = replace(batch, inputs={**batch.inputs, batch.primary: self.moved(context)})
            other = on_copy(replace(context, batch=moved), model)
        else:
            other = on_copy(context, moved_embedding(model, self.number, context.seed, SHARE))
        variant = f"input_noise:{self.number}"
        same = self._answer(other.batch.clean, batch.targets) == self._answer(batch.clean, batch.targets)
        kept = check_rows(replace(context, variant=variant), {"prediction_kept": same}, "")
        return {"checks": pa.concat_tables(kept), "attributions": explained_again(other, setting, variant)}

    def moved(self, context: Context) -> Tensor:
        """The batch's inputs with their noise; padding stays as it is."""
        batch = context.batch
        x = batch.x
        drawn = normal(batch.key.cpu(), f"input noise {self.number}", context.seed, tuple(x.shape[1:]))
        noise = drawn if self.deviation is None else self.deviation * drawn
        own = broadcast((batch.features.element >= 0).expand(len(batch), *batch.features.element_shape), x)
        return torch.where(own, x + noise.to(x), x)

    def _answer(self, logits: Tensor, targets: Tensor) -> Tensor:
        if self.threshold is None:
            return logits.argmax(dim=1)
        return logits.gather(1, targets[:, None])[:, 0].sigmoid() >= self.threshold


@dataclass(frozen=True)
class Reseeded(_Again):
    """Variant `seed:1`: methods that draw, with another seed."""

    def asked(self, methods: Mapping[str, Explainer]) -> dict[str, Explainer]:
        """Those that draw."""
        return {name: method for name, method in methods.items() if draws(name, method)}

    def observe(self, context: Context, setting: Setting, rows: Mapping[str, pa.Table]) -> Tables:
        """One row per case and method that draws."""
        setting = replace(setting, methods=self.asked(setting.methods))
        return {"attributions": explained_again(replace(context, seed=context.seed + SEED_STEP), setting, "seed:1")}


@dataclass(frozen=True)
class OtherClass(_Again):
    """Variant `other_class`: the same case asked about another class, drawn with equal chances; `target` stays its own."""

    def observe(self, context: Context, setting: Setting, rows: Mapping[str, pa.Table]) -> Tables:
        """One row per case and method."""
        batch = context.batch
        classes = len(context.model.classes)
        draw = uniform(batch.key.cpu(), "another class", context.seed, (1,))[:, 0].to(batch.targets.device)
        step = 1 + (draw * (classes - 1)).long().clamp(max=classes - 2)
        other = replace(context, batch=replace(batch, targets=(batch.targets + step) % classes))
        found = explained_again(other, setting, "other_class")
        own = batch.targets.tolist() * len(checked(setting.methods))
        place = TABLES["attributions"].get_field_index("target")
        return {"attributions": found.set_column(place, TABLES["attributions"].field(place), pa.array(own, pa.int64()))}
