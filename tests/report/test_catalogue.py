"""The Chinese catalogue against the source: every sentence that reaches a reader has its translation."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from auditor.report.language.catalogue import PLACE, path_of, read, shape
from auditor.report.language.choose import language_of
from auditor.report.templates import folder
from auditor.report.words import MANDATORY, NO_GATES, NOT_CAUSES, NOT_PROVIDED, SAMPLING_ONLY, STATUS

ROOT = Path(__file__).parents[2]


@cache
def extracted() -> dict[str, str]:
    """Message → where it stands, for the whole source."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    parts = ("auditor", "templates")
    found = extract_from_dir(
        ROOT, methods, options, directory_filter=lambda path: bool({*parts} & {*Path(path).relative_to(ROOT).parts})
    )
    return {message: f"{name}:{line}" for name, line, message, *_ in found}


@cache
def translations() -> dict[str, str]:
    with path_of("zh", [folder()]).open("rb") as file:
        return {str(one.id): str(one.string) for one in read_po(file) if one.id}


def test_every_message_of_the_source_is_translated_into_chinese() -> None:
    catalogue = read("zh", path_of("zh", [folder()]))
    missing = [f"{where}: {message}" for message, where in extracted().items() if catalogue.get(message) is None]
    assert not missing, "\n".join(["run `pybabel extract -F babel.cfg` and translate:", *missing])


def test_no_translation_is_left_of_a_sentence_that_is_gone() -> None:
    there = {shape(message) for message in extracted()}
    assert [message for message in translations() if shape(message) not in there] == []


GRAMMAR = {"n", "verb", "were", "were2"}
"""Places of a plural's ending and of a verb's form, which Chinese does not have."""


def test_a_translation_has_each_place_of_its_message_but_for_endings_and_forms_of_verbs() -> None:
    for message, said in translations().items():
        places, kept = set(PLACE.findall(message)), set(PLACE.findall(said))
        assert kept <= places, message
        assert places - kept <= GRAMMAR, message


def test_a_translation_ends_as_its_message_does() -> None:
    ends = {".": "。", "?": "？", ";": "；"}
    wrong = [
        (one, said)
        for one, said in translations().items()
        if len(one.split()) > 3 and one[-1] in ends and not said.endswith(ends[one[-1]])
    ]
    assert wrong == []


@pytest.mark.parametrize("said", [MANDATORY, NOT_CAUSES, SAMPLING_ONLY, NO_GATES, NOT_PROVIDED, *STATUS])
def test_a_sentence_that_must_be_in_every_report_is_in_the_catalogue_whole(said: str) -> None:
    assert read("zh", path_of("zh", [folder()])).get(said)


def test_the_extraction_sees_what_other_stages_write_into_the_record() -> None:
    sources = {where.split("/")[1] for where in extracted().values() if where.startswith("auditor/")}
    assert {"explain", "inputs", "judge", "measure", "plan", "removal", "report", "run"} <= sources
    assert len(extracted()) > 1500


def test_english_needs_no_catalogue_and_loads_none() -> None:
    assert language_of("en", None, None) is None  # type: ignore[arg-type]
