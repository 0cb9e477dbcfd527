"""theme.yaml: logo, two colours, fonts and the titles of own sections; every mistake with its line."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, ValidationError

from auditor.errors import AuditError, did_you_mean
from auditor.plan.part import Part
from auditor.plan.yaml_text import parse_yaml

NAME = "theme.yaml"
LEAST_CONTRAST = 4.5
"""WCAG 2.2, success criterion 1.4.3, for text of normal size."""

LIGHT = {"ink": "#1c2127", "soft": "#5b6570", "ok": "#0a6b4f", "no": "#a3271f", "open": "#8a5a00"}
DARK = {"ink": "#e6eaee", "soft": "#a9b4bf", "ok": "#5ccba4", "no": "#ff9b91", "open": "#e5b85c"}
PAPER = {"light": "#ffffff", "dark": "#14191d"}
WASH = {"light": "#f4f6f8", "dark": "#1e252b"}
ACCENT = {"light": "#0b4a6f", "dark": "#7cc0e8"}
"""The standard colours of base.css and screen.css; a test compares them."""

Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
File = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_. -]*(/[A-Za-z0-9_][A-Za-z0-9_. -]*)*$", max_length=200)]


class Colours(Part):
    """What may be coloured; ink, paper and the colours of status words stay."""

    accent: Colour | None = Field(None, description="rules, section marks and links")
    wash: Colour | None = Field(None, description="behind the four figures of page one")


class Both(Part):
    """Colours for light pages (paper too) and for dark screens."""

    light: Colours = Colours()
    dark: Colours = Colours()


class Logo(Part):
    """A picture above page one."""

    file: File
    alt: Annotated[str, Field(min_length=1, max_length=120, description="what it shows, for readers who do not see it")]


class Fonts(Part):
    """Font files of the running text; figures, status words and the mandatory sentences keep the bundled fonts."""

    regular: File
    bold: File | None = None
    italic: File | None = None


class OwnSection(Part):
    """A section of the user's own, after the annexes; its template is sections/NAME.html.j2."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
    title: Annotated[str, Field(min_length=1, max_length=120, description="the reader's question")]


class Theme(Part):
    """All of theme.yaml."""

    logo: Logo | None = None
    colours: Both = Both()
    fonts: Fonts | None = None
    sections: tuple[OwnSection, ...] = Field((), max_length=10)


def read_theme(text: str) -> tuple[Theme, list[AuditError]]:
    """The theme and every mistake in it; a theme with a mistake comes back as the standard one."""
    try:
        document = parse_yaml(text, NAME)
    except AuditError as mistake:
        return Theme(), [mistake]
    found = [mistake for _, mistake in document.mistakes]
    try:
        theme = Theme.model_validate(document.value if document.value is not None else {})
    except ValidationError as error:
        return Theme(), [*found, *(_mistake(one, document.lines) for one in error.errors(include_url=False))]
    return theme, [*found, *_contrasts(theme, document.lines)]


def _mistake(error: Any, lines: dict[tuple[str, ...], int]) -> AuditError:
    path = tuple(str(step) for step in error["loc"])
    where, value = _place(path, lines), error["input"]
    if error["type"] == "extra_forbidden":
        return AuditError(
            f"{where}`{'.'.join(path)[:80]}` is not a key of a theme.", fix=did_you_mean(path[-1], _keys(path[:-1]))
        )
    if error["type"] == "missing":
        return AuditError(f"{where}`{'.'.join(path)}` is missing.", fix=f"add `{path[-1]}:`")
    patterns = {
        "#": "a colour such as #0b4a6f",
        "(/": "a file inside this folder, such as logo.svg",
        "a-z0-9_": "a lower-case name",
    }
    pattern = str(error.get("ctx", {}).get("pattern", ""))
    expected = next((said for part, said in patterns.items() if part in pattern), error["msg"])
    found = " ".join(str(value)[:80].split()) if isinstance(value, str | int | float) else type(value).__name__
    return AuditError(
        f"{where}`{'.'.join(path)[:80] or 'theme'}` cannot be used.", found=found, expected=expected, fix="correct it"
    )


def _keys(path: tuple[str, ...]) -> tuple[str, ...]:
    kind: Any = Theme
    for step in path:
        if step.isdigit():
            continue
        annotation = kind.model_fields[step].annotation
        kind = next(
            (
                one
                for one in (annotation, *getattr(annotation, "__args__", ()))
                if isinstance(one, type) and issubclass(one, Part)
            ),
            Theme,
        )
    return tuple(kind.model_fields)


def _place(path: tuple[str, ...], lines: dict[tuple[str, ...], int]) -> str:
    line = next((lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in lines), 0)
    return f"{NAME}, line {line}: " if line else f"{NAME}: "


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    first, second = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (first + 0.05) / (second + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrasts(theme: Theme, lines: dict[tuple[str, ...], int]) -> list[AuditError]:
    found = []
    for scheme, fixed in (("light", LIGHT), ("dark", DARK)):
        own: Colours = getattr(theme.colours, scheme)
        accent, wash = own.accent or ACCENT[scheme], own.wash or WASH[scheme]
        pairs = [("accent", accent, "the page", PAPER[scheme])] if own.accent else []
        pairs += [("wash", wash, f"the text colour {name}", colour) for name, colour in fixed.items()] if own.wash else []
        for key, colour, beside, other in pairs:
            ratio = contrast(colour, other)
            if ratio < LEAST_CONTRAST:
                place = _place(("colours", scheme, key), lines)
                found.append(
                    AuditError(
                        f"{place}{colour} has too little contrast with {beside} ({other}).",
                        found=f"{ratio:.2f} : 1",
                        expected=f"at least {LEAST_CONTRAST} : 1",
                        fix=f"choose a {'darker' if (scheme == 'light') == (key == 'accent') else 'lighter'} colour",
                    )
                )
    return found


def theme_css(theme: Theme, families: str, screen: bool) -> str:
    """The theme as CSS variables and font families; nothing else of a user reaches the style sheet.

    Args:
        theme: checked, so its colours are six hexadecimal digits.
        families: CSS font list of the running text; '' for the standard one.
        screen: for the HTML page, which may be dark; paper never is.
    """
    light, dark = _variables(theme.colours.light), _variables(theme.colours.dark)
    parts = [f":root{{{light}}}"] if light else []
    if dark and screen:
        parts.append(f"@media (prefers-color-scheme: dark) {{ :root{{{dark}}} }}")
    if families:
        parts.append(f".contents,.body{{font-family:{families}}}")  # page one keeps its fonts, and so its length
    return "\n".join(parts)


def _variables(colours: Colours) -> str:
    return "".join(f"--{name}:{value};" for name, value in (("accent", colours.accent), ("wash", colours.wash)) if value)
