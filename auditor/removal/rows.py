"""Rows of a model call: from the size of the model's activations, which is repeatable, and not from a timing."""

from __future__ import annotations

import torch

CPU_BYTES = 48 * 2**20  # about what last-level caches hold


def rows_per_call(bytes_per_row: int, device: str) -> int:
    """A power of two between 4 and 256 (GPU: 1024) whose activations fit the budget.

    Args:
        bytes_per_row: bytes of all module outputs of one row.
        device: cpu, cuda or mps.
    """
    if device == "cuda":
        budget, most = torch.cuda.get_device_properties(0).total_memory // 8, 1024
    else:
        budget, most = CPU_BYTES, 256
    rows = 4
    while rows * 2 <= most and rows * 2 * bytes_per_row <= budget:
        rows *= 2
    return rows
