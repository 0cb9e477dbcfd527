"""The words inside a figure, in the language of the document: replaced when it is drawn and before it is saved."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from auditor.report.language.translate import spoken

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def spoken_figure(drawn: Figure, alt: str) -> str:
    """Translate every text of a figure in place, and return its description in the same language."""
    language = spoken()
    if language is None:
        return alt
    from matplotlib.text import Text
    from matplotlib.ticker import FixedFormatter, FuncFormatter

    for axes in drawn.axes:
        for axis in (axes.xaxis, axes.yaxis):
            formatter = axis.get_major_formatter()
            if isinstance(formatter, FixedFormatter):
                formatter.seq = [language.say(str(label)) for label in formatter.seq]
            elif isinstance(formatter, FuncFormatter) and isinstance(formatter.func, partial):  # set_ticks(places, names)
                (names,) = formatter.func.args
                axis.set_ticks(list(names), [language.say(str(label)) for label in names.values()])
    for text in drawn.findobj(Text):
        written = text.get_text()
        said = language.say(" ".join(written.split("\n")))
        if written and said != " ".join(written.split("\n")):
            text.set_text(said)
    return language.say(alt)
