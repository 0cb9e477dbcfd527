"""No bytes whatever, junk or a damaged real file, bring anything but an AuditError out of a loader."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.errors import AuditError, UserCodeError
from auditor.inputs.datasets import open_data
from auditor.inputs.factory import call_factory
from auditor.inputs.file_kinds import recognise
from auditor.inputs.location import locate
from auditor.inputs.weights import load_into
from auditor.plan.fields import DataPlan, Weights

CLASSES = ("cat", "dog")
SUFFIXES = (".pt", ".safetensors", ".npz", ".npy")
QUICK = settings(
    max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
STARTS = (
    b"",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\x80\x02",
    b"\x80\x04",
    b"\x93NUMPY\x01\x00",
    b"\x10\0\0\0\0\0\0\0{",
    b"\x80\x02\x8a\nl\xfc\x9c",
)


def model() -> torch.nn.Module:
    return torch.nn.Linear(2, 2)


def _bytes_of(write: Callable[[io.BytesIO], object]) -> bytes:
    stream = io.BytesIO()
    write(stream)
    return stream.getvalue()


@cache
def real_files() -> dict[str, tuple[bytes, ...]]:
    """Good files of each ending; for .pt the zip and the legacy format, for .npz stored and compressed."""
    state, x, y = model().state_dict(), np.arange(12, dtype=np.float32).reshape(6, 2), np.array([0, 1, 0, 1, 0, 1])
    return {
        ".pt": tuple(_bytes_of(lambda s, z=z: torch.save(state, s, _use_new_zipfile_serialization=z)) for z in (True, False)),
        ".safetensors": (safetensors.torch.save(dict(state)),),
        ".npz": (_bytes_of(lambda s: np.savez(s, x=x, y=y)), _bytes_of(lambda s: np.savez_compressed(s, x=x, y=y))),
        ".npy": (_bytes_of(lambda s: np.save(s, x)),),
    }


def load(content: bytes, suffix: str, folder: Path) -> None:
    """Load the bytes as the file that their ending names; an AuditError must have all its parts."""
    (folder / f"a{suffix}").write_bytes(content)
    try:
        if suffix in (".npz", ".npy"):
            open_data(DataPlan(name="d", path=f"a{suffix}"), CLASSES, folder)
        else:
            load_into(model(), Weights(path=f"a{suffix}"), folder)
    except AuditError as error:
        if isinstance(error, UserCodeError) or not (error.found and error.expected and error.fix):
            pytest.fail(f"not a complete message: {error}")
        raise


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_real_files_are_read(suffix, tmp_path):
    for content in real_files()[suffix]:
        load(content, suffix, tmp_path)


@pytest.mark.parametrize("suffix", SUFFIXES)
@QUICK
@given(start=st.sampled_from(STARTS), junk=st.binary(max_size=300))
def test_junk_is_refused(suffix, tmp_path, start, junk):
    with pytest.raises(AuditError):
        load(start + junk, suffix, tmp_path)


@pytest.mark.parametrize("suffix", SUFFIXES)
@QUICK
@given(data=st.data())
def test_a_file_cut_short_is_refused(suffix, tmp_path, data):
    content = data.draw(st.sampled_from(real_files()[suffix]))
    length = data.draw(st.integers(0, len(content) - 1))
    with pytest.raises(AuditError):
        load(content[:length], suffix, tmp_path)


@pytest.mark.parametrize("suffix", SUFFIXES)
@QUICK
@given(data=st.data())
def test_changed_bytes_are_refused_or_read_but_never_a_traceback(suffix, tmp_path, data):
    content = bytearray(data.draw(st.sampled_from(real_files()[suffix])))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(AuditError):  # a changed weight is still a weight; a pinned digest is what finds it
        load(bytes(content), suffix, tmp_path)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_one_good_file_under_each_other_ending_is_refused(suffix, tmp_path):
    for other in SUFFIXES:
        for content in real_files()[other] if other != suffix else ():
            with pytest.raises(AuditError):
                load(content, suffix, tmp_path)


@QUICK
@given(content=st.binary(max_size=100))
def test_every_file_has_a_kind_in_words(tmp_path, content):
    (tmp_path / "a").write_bytes(content)
    kind = recognise(tmp_path / "a")
    assert kind.name
    assert kind.words


@QUICK
@given(text=st.text(max_size=40))
def test_no_path_of_a_plan_gives_a_traceback(tmp_path, text):
    for path in (text, f"package:{text}", f"~{text}", f"package:numpy/{text}"):
        with contextlib.suppress(AuditError):
            assert locate(path, tmp_path).is_file()


@QUICK
@given(text=st.text(max_size=20))
def test_no_factory_reference_gives_a_traceback(tmp_path, text):
    for reference in (text, f"{text}:f", f"numpy:{text}", f"a.py:{text}", f"{text}.py:f"):
        with pytest.raises(AuditError):
            call_factory(reference, {"no_such_argument": 1}, tmp_path, "model")


@QUICK
@given(source=st.binary(max_size=60))
def test_no_content_of_a_python_file_that_fails_gives_a_traceback(tmp_path, source):
    (tmp_path / "a.py").write_bytes(b"raise ValueError\n" + source)
    with pytest.raises(UserCodeError):
        call_factory("a.py:f", {}, tmp_path, "model")
