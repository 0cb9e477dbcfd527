"""The listed disturbances of raw samples, by modality: what each does, how much at severities 1 … 5, and where it is from."""

from __future__ import annotations

from typing import NamedTuple

_HENDRYCKS = "Hendrycks & Dietterich 2019, arXiv:1903.12261"


class Corruption(NamedTuple):
    """One disturbance.

    Attributes:
        title: name for the reader.
        amounts: its parameter at severities 1 … 5; its file under `inputs.corruptions` defines it.
        said: what is done, in words; `{}` is the amount.
        source: '' where it is a convention of this tool.
        form: how an amount is printed.
    """

    title: str
    amounts: tuple[float, float, float, float, float]
    said: str
    source: str = ""
    form: str = "{:.0%}"

    def amount(self, severity: int) -> str:
        """The parameter at a severity, as it is printed."""
        return self.form.format(self.amounts[severity - 1]).replace("%", "\u00a0%")


CORRUPTIONS: dict[str, dict[str, Corruption]] = {
    "image": {
        "noise": Corruption(
            "Gaussian noise",
            (0.08, 0.12, 0.18, 0.26, 0.38),
            "standard deviation {} of the range of values, each value by itself",
            _HENDRYCKS,
        ),
        "blur": Corruption(
            "Gaussian blur",
            (1 / 224, 2 / 224, 3 / 224, 4 / 224, 6 / 224),
            "standard deviation {} of the shorter edge",
            f"{_HENDRYCKS}: their pixels at 224 × 224, here in proportion to the edge",
            "{:.2%}",
        ),
        "brightness": Corruption(
            "Brightness",
            (0.1, 0.2, 0.3, 0.4, 0.5),
            "{} of the range added to the HSV value, so colours keep their hue",
            _HENDRYCKS,
        ),
        "contrast": Corruption(
            "Low contrast", (0.4, 0.3, 0.2, 0.1, 0.05), "{} of the distance from each channel's mean kept", _HENDRYCKS
        ),
        "jpeg": Corruption("JPEG compression", (25, 18, 15, 10, 7), "quality {}", _HENDRYCKS, "{:g}"),
    },
    "tabular": {
        "missing": Corruption(
            "Missing values",
            (0.1, 0.2, 0.3, 0.4, 0.5),
            "{} of the columns, at least one; where the plan imputes nothing, the column's mean or commonest category",
        ),
        "noise": Corruption(
            "Gaussian noise",
            (0.05, 0.1, 0.2, 0.3, 0.5),
            "standard deviation {} of the column's own, in every numeric column",
        ),
        "swap": Corruption("Swapped values", (0.1, 0.2, 0.3, 0.4, 0.5), "{} of the columns, at least one, from other rows"),
    },
    "text": {
        "typos": Corruption(
            "Typing errors",
            (0.01, 0.02, 0.05, 0.1, 0.2),
            "{} of the letters, at least one, hit on a neighbouring key",
            "Keyboard errors after Belinkov & Bisk 2018, arXiv:1711.02173; amounts: convention",
        ),
        "casing": Corruption("Casing", (0.1, 0.25, 0.5, 0.75, 1.0), "{} of the words, at least one, in capitals"),
        "dropped_words": Corruption(
            "Dropped words",
            (0.05, 0.1, 0.2, 0.3, 0.5),
            "{} of the words, at least one and never all",
            "Random deletion after Wei & Zou 2019, arXiv:1901.11196; amounts: convention",
        ),
    },
    "series": {
        "jitter": Corruption(
            "Jitter",
            (0.05, 0.1, 0.2, 0.4, 0.8),
            "noise of standard deviation {} of the channel's own over time",
            "After Um et al. 2017, arXiv:1706.00527; amounts: convention",
        ),
        "dropout": Corruption(
            "Dropout", (0.05, 0.1, 0.2, 0.3, 0.5), "{} of the steps, at least one, lost: the last kept value is held"
        ),
        "time_shift": Corruption(
            "Time shift", (0.01, 0.02, 0.05, 0.1, 0.2), "{} of the length, at least one step, earlier or later; ends held"
        ),
    },
}
"""Modality -> name in the plan -> disturbance."""
