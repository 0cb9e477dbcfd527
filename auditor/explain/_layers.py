"""What Grad-CAM and its kin share: a layer's grid with its gradients, and the way from its cells to the image."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from auditor.errors import AuditError, did_you_mean
from auditor.explain._context import Attribution, Context
from auditor.inputs.layers import as_grid, watched
from auditor.inputs.model import AuditedModel, NotAvailable, TorchModel

Weigh = Callable[[Tensor, Tensor], Tensor]
"""(values, gradients of the target logit), both [rows, channels, h, w] -> map [rows, h, w]."""


def module_of(model: AuditedModel) -> nn.Module:
    """The torch module behind the model."""
    if not isinstance(model, TorchModel):
        raise NotAvailable("the model is no torch module whose layers can be reached")
    return model.module


def chosen_layer(model: AuditedModel, layer: str | None) -> str:
    """The layer's full name: the one asked for, or the one `probe` found.

    Raises:
        AuditError: the model has no layer of that name.
    """
    if layer is None:
        return model.grid_layer if isinstance(model, TorchModel) else ""
    names = [name for name, _ in module_of(model).named_modules() if name]
    if layer not in names:
        raise AuditError(
            f"The model has no layer `{layer}`.",
            found=layer,
            expected="the name of a module, as in model.named_modules()",
            fix=did_you_mean(layer, names),
        )
    return layer


def grid_attribution(context: Context, layer: str, weigh: Weigh) -> Attribution:
    """Attribution from a map over a layer's cells.

    Returns:
        values [batch, *element_shape], float64 on the CPU: each element's area-weighted mean of the cells it lies in, so that a
        feature's mean over elements is the area-weighted mean of the cells it covers. The bilinear map is for display only:
        it favours smooth blobs.
    """
    check_plane(context)
    return on_plane(context, torch.cat(list(_cells(context, layer, weigh))))


def check_plane(context: Context) -> None:
    """Refuse features that are no parts of an image."""
    x, shape = context.batch.x, context.batch.features.element_shape
    if x.ndim < 3 or tuple(shape[-2:]) != tuple(x.shape[-2:]):
        raise NotAvailable("the features do not lie on the plane of an image")


def on_plane(context: Context, cells: Tensor) -> Attribution:
    """Attribution from a map [batch, h, w] over the plane of an image, as `grid_attribution` returns it."""
    shape = context.batch.features.element_shape
    height, width = shape[-2:]
    wide = (len(cells), *[1] * (len(shape) - 2), height, width)
    exact = cells.cpu().double()
    spread = torch.einsum("ih,bhw,jw->bij", shares(exact.shape[1], height), exact, shares(exact.shape[2], width))
    smooth = nn.functional.interpolate(cells[:, None].cpu(), size=(height, width), mode="bilinear", align_corners=False)
    values, display = (found.reshape(wide).expand(len(cells), *shape) for found in (spread, smooth[:, 0]))
    return Attribution(values, {}, display)


def _cells(context: Context, layer: str, weigh: Weigh) -> Iterator[Tensor]:
    """Maps [n, h, w], call by call."""
    module, targets = module_of(context.model), context.batch.targets
    point, logits_of = context.model.differentiable(context.batch.inputs)
    every = torch.arange(len(point), device=point.device)

    def compute(points: Tensor, rows: Tensor) -> tuple[Tensor]:
        with watched(module, layer) as seen:
            logits = logits_of(points.detach().requires_grad_(), rows)
        if not seen or not seen[0].requires_grad:
            raise NotAvailable(f"the layer `{layer}` has no values on a grid, [batch, channels, h, w] or patch tokens")
        own = logits.gather(1, targets[rows][:, None]).sum()
        (gradient,) = torch.autograd.grad(own, seen[0], allow_unused=True)
        values = as_grid(seen[0].detach())
        slopes = None if gradient is None else as_grid(gradient)
        if values is None or slopes is None:
            raise NotAvailable(f"the target logit does not depend on the layer `{layer}`")
        return (weigh(values, slopes),)

    stream = ((point[part], every[part]) for part in context.calls.chunks(len(point)))
    for (found,) in context.calls.computed(stream, compute):
        yield found


def shares(cells: int, length: int) -> Tensor:
    """float64 [length, cells]: the share of each of `length` equal pieces that lies in each of `cells` equal cells."""
    edge = torch.arange(length + 1, dtype=torch.float64) * cells / length
    cell = torch.arange(cells, dtype=torch.float64)
    inside = torch.minimum(edge[1:, None], cell + 1) - torch.maximum(edge[:-1, None], cell)
    inside = inside.clamp(min=0)
    return inside / inside.sum(1, keepdim=True)
