"""A folder of own templates, read once and whole: what is not read here cannot be reached from a template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from auditor.errors import AuditError, PlanMistakes, did_you_mean
from auditor.evidence.own_templates import read_files
from auditor.evidence.record import canonical_json, sha256
from auditor.report.own.logo import read_logo
from auditor.report.own.theme import NAME as THEME
from auditor.report.own.theme import Theme, read_theme
from auditor.report.own.typeface import Typeface, read_typeface
from auditor.report.sections import ANNEXES, FRONT, ORDER

ENDING = ".html.j2"
MOST_CHARACTERS = 200_000
"""Of one template."""
REPLACEABLE = frozenset({
    "model", "data", "performance", "calibration", "ensemble", "groups", "robustness", "faithfulness", "rankings", "examples",
    "metrics", "curves", "ranks", "definitions",
})  # fmt: skip
"""Sections whose template may be replaced. Page one may not be touched; any other section may be added to, not replaced."""
STANDARD = (FRONT, *ORDER, *ANNEXES)


class TemplateMistakes(PlanMistakes):
    """Every mistake of a templates folder at once."""

    def __init__(self, source: str, mistakes: list[AuditError]) -> None:
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        AuditError.__init__(self, f"{source}: {count} in the templates; no report was written.")
        self.mistakes = tuple(mistakes)


@dataclass(frozen=True)
class OwnTemplates:
    """Everything a report takes from a user's folder."""

    name: str
    """The folder's own name, for messages."""
    sources: Mapping[str, str]
    """Path inside the folder -> text of the template."""
    theme: Theme
    logo: tuple[bytes, str] | None
    """(content, media type), harmless."""
    typefaces: tuple[Typeface, ...]
    digests: Mapping[str, str]
    """Path inside the folder -> SHA-256, of each file that was used."""

    @property
    def digest(self) -> str:
        """SHA-256 over all files: canonical JSON of path -> SHA-256."""
        return sha256(canonical_json(dict(self.digests)))

    @property
    def touched(self) -> frozenset[str]:
        """Standard sections that a template of the folder lays out, whole or in part."""
        return frozenset(name for name in STANDARD if f"sections/{name}{ENDING}" in self.sources)


def read_folder(folder: Path) -> tuple[OwnTemplates, list[AuditError]]:
    """The folder's content, and every mistake that can be told without rendering anything.

    Raises:
        AuditError: there is no such folder, or it is no folder of templates.
    """
    mistakes: list[AuditError] = []
    files = read_files(folder, mistakes)
    templates = {name: content for name, content in files.items() if name.endswith(ENDING)}
    sources = {name: _text(content, name, mistakes) for name, content in templates.items()}
    theme, found = read_theme(_text(files[THEME], THEME, mistakes)) if THEME in files else (Theme(), [])
    mistakes += [*found, *_names(files, theme)]
    used = [THEME, *templates]
    logo, typefaces = None, []
    if theme.logo:
        used.append(theme.logo.file)
        try:
            logo = read_logo(_named(files, theme.logo.file, "logo"), theme.logo.file)
        except AuditError as mistake:
            mistakes.append(mistake)
    for key, name in theme.fonts or () if theme.fonts else ():
        if name:
            used.append(name)
            try:
                typefaces.append(read_typeface(_named(files, name, f"font `{key}`"), name, key == "bold", key == "italic"))
            except AuditError as mistake:
                mistakes.append(mistake)
    used += [name for name in files if name.startswith("locales/")]
    digests = {name: sha256(files[name]) for name in sorted(set(used)) if name in files}
    return OwnTemplates(folder.resolve().name, sources, theme, logo, tuple(typefaces), digests), mistakes


def _text(content: bytes, name: str, mistakes: list[AuditError]) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        mistakes.append(AuditError(f"{name} is no text.", found=f"byte {error.start} is not UTF-8", fix="save it as UTF-8"))
        return ""
    if len(text) > MOST_CHARACTERS:
        found, most = f"{len(text):,} characters", f"at most {MOST_CHARACTERS:,}"
        mistakes.append(AuditError(f"{name} is too long.", found=found, expected=most, fix="shorten it"))
        return ""
    return text


def _named(files: Mapping[str, bytes], name: str, what: str) -> bytes:
    if name not in files:
        raise AuditError(f"{THEME}: the {what} {name} is not in the folder.", fix=did_you_mean(name, files))
    return files[name]


def _names(files: Mapping[str, bytes], theme: Theme) -> Iterator[AuditError]:
    """Files that would be passed over although they look meant, and sections without a template."""
    own = [section.name for section in theme.sections]
    for name in files:
        section = name.removeprefix("sections/").removesuffix(ENDING)
        if name in ("theme.yml", "theme.json"):
            yield AuditError(f"{name} is not read.", fix=f"call it {THEME}")
        elif name in (f"macros{ENDING}", f"report{ENDING}") or name.startswith("comparison/"):
            fix = "put macros of your own into another file and import them from there; the frame stays as it is"
            yield AuditError(f"{name} cannot be replaced: status words and mandatory sentences depend on it.", fix=fix)
        elif name.endswith(".css"):
            yield AuditError(
                f"{name} is not read: style sheets could hide what a report has to say.", fix=f"use {THEME}: colours, fonts"
            )
        elif name == f"sections/{FRONT}{ENDING}":
            yield AuditError(
                f"{name}: page one is the same in every report.", fix="add a section of your own, or extend another"
            )
        elif name.startswith("sections/") and name.endswith(ENDING) and section not in (*STANDARD, *own):
            fix = f"{did_you_mean(section, STANDARD)} A section of your own needs an entry under `sections:` in {THEME}"
            yield AuditError(f"{name} is the template of no section.", fix=fix)
    for section in own:
        if section in STANDARD:
            yield AuditError(f"{THEME}: `{section}` is a standard section.", fix="choose another name")
        elif f"sections/{section}{ENDING}" not in files:
            yield AuditError(f"{THEME}: the section `{section}` has no template.", fix=f"write sections/{section}{ENDING}")
    for section in sorted({one for one in own if own.count(one) > 1}):
        yield AuditError(f"{THEME}: the section `{section}` is listed twice.", fix="keep one")
