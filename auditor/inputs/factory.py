"""The user's own code: find a factory by name, call it with the plan's arguments, and tell its failures from ours."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import inspect
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from auditor.errors import AuditError, UserCodeError, did_you_mean
from auditor.inputs.frames import user_frames
from auditor.inputs.location import locate

_NAME = r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"
_REFERENCE = re.compile(rf"(?P<place>.+\.py|{_NAME}):(?P<name>{_NAME})")

_folder_of: dict[str, Path] = {}  # modules that lie beside a plan -> that plan's folder


def call_factory(reference: str, arguments: dict[str, Any], folder: Path, what: str) -> tuple[object, Path | None]:
    """Call the user's factory and return what it gives.

    Args:
        reference: `package.module:function`, or `file.py:function` with the file as `locate` understands it.
        arguments: keyword arguments.
        folder: folder of the plan; modules beside the plan (and beside the file) can be imported while the factory runs.
        what: what is built, for messages: "model", "data".

    Returns:
        What the factory returned, and the source file that defines it (None for built-in code).

    Raises:
        AuditError: bad syntax, no such file, module or function, arguments that do not fit its signature.
        UserCodeError: the user's code raised; `__cause__` is its exception.
    """
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise AuditError(
            f"The {what} factory `{reference}` cannot be read.",
            found=reference,
            expected="package.module:function or file.py:function",
            fix="write the place, one colon, and the function's name: model.py:build",
        )
    place, name = found["place"], found["name"]
    file = locate(place, folder) if place.endswith(".py") else None
    with _importing_from(folder.resolve(), file):
        module = _import_file(file, reference, what) if file else _import_module(place, reference, what)
        function = _function(module, name, reference, what)
        _check_arguments(function, arguments, reference, what)
        with user_code(f"The {what} factory `{reference}`"):
            made = function(**arguments)
    return made, file or _source(function, module)


@contextmanager
def user_code(what: str) -> Iterator[None]:
    """Turn whatever the user's code raises inside into a `UserCodeError` beginning with `what`; `AuditError` passes."""
    try:
        yield
    except AuditError:
        raise
    except (Exception, SystemExit) as problem:
        text = next(iter(str(problem).strip().splitlines()), "")
        message = f"{what} raised {type(problem).__name__}: {text[:500]}".removesuffix(": ")
        fix = "install what it imports" if isinstance(problem, ImportError) else "correct that code; the audit only called it"
        raise UserCodeError(message, found=_where(problem), fix=fix) from problem


def expect_module(found: object, reference: str = "") -> torch.nn.Module:
    """Return what a model factory made if it is a module; else raise the AuditError that says what it is instead."""
    if isinstance(found, torch.nn.Module):
        return found
    fix = "return the model itself from the factory"
    if found is None:
        fix = "the function returns nothing: end it with `return model`"
    elif isinstance(found, type) and issubclass(found, torch.nn.Module):
        fix = f"return an instance, `{found.__name__}(...)`, not the class"
    elif isinstance(found, dict):
        fix = "a state dict belongs in a file named by `model.weights`; return a module it fits"
    elif isinstance(found, tuple | list) and any(isinstance(part, torch.nn.Module) for part in found):
        fix = "return only the module, without what stands beside it"
    kind = f"the class {found.__name__}" if isinstance(found, type) else f"an object of type {type(found).__name__}"
    raise AuditError(
        f"The model factory{f' `{reference}`' if reference else ''} did not return a model.",
        found="None" if found is None else kind,
        expected="a torch.nn.Module",
        fix=fix,
    )


@contextmanager
def _importing_from(folder: Path, file: Path | None) -> Iterator[None]:
    """Make modules beside the plan and the file importable for a while, leaving no bytecode in the user's folders."""
    folders = list(dict.fromkeys([file.resolve().parent, folder] if file else [folder]))
    # A module of the same name beside another plan would be found in sys.modules: another model's code would be audited.
    for name in [name for name, place in _folder_of.items() if place not in folders]:
        sys.modules.pop(name, None)
        del _folder_of[name]
    before, wrote = set(sys.modules), sys.dont_write_bytecode
    sys.path[:0] = [str(place) for place in folders]
    sys.dont_write_bytecode = True
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.dont_write_bytecode = wrote
        for place in folders:
            with suppress(ValueError):
                sys.path.remove(str(place))
        for name in set(sys.modules) - before:
            for place in folders:
                if _lies_in(sys.modules[name], name, place):
                    _folder_of[name] = place


def _lies_in(module: ModuleType, name: str, folder: Path) -> bool:
    """Whether the module was found by its name in `folder` itself: packages of an environment kept below it were not."""
    facts = getattr(module, "__dict__", {})  # not getattr of the names: lazy modules answer those with surprises
    location = facts.get("__file__") or next(iter(facts.get("__path__", ())), None)
    if location is None or not Path(location).is_relative_to(folder):
        return False
    return Path(location).relative_to(folder).parts[0].removesuffix(".py") == name.partition(".")[0]


def _import_file(file: Path, reference: str, what: str) -> ModuleType:
    digest = hashlib.sha256(str(file.resolve()).encode() + file.read_bytes()).hexdigest()[:12]
    name = f"_audited_{digest}"  # private, and new when the file changes; model and data may share one file
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} cannot be imported as a module")  # never for a suffix .py
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their own module up while it is executed
    try:
        with user_code(f"Importing `{file.name}` for the {what} factory `{reference}`"):
            spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _import_module(place: str, reference: str, what: str) -> ModuleType:
    with user_code(f"Importing `{place}` for the {what} factory `{reference}`"):
        try:
            return importlib.import_module(place)
        except ModuleNotFoundError as problem:
            if problem.name is None or not f"{place}.".startswith(f"{problem.name}."):
                raise  # the module is there; something it imports is not
            raise AuditError(
                f"The {what} factory's module `{place}` was not found.",
                found=f"no module `{problem.name}`",
                expected="a module that is installed or lies beside the plan",
                fix=f"install it, or name the file: path/to/{place.split('.')[-1]}.py:{reference.rpartition(':')[2]}",
            ) from None


def _function(module: ModuleType, name: str, reference: str, what: str) -> Callable[..., object]:
    function: object = module
    for part in name.split("."):
        function = getattr(function, part, None)
    if callable(function):
        return function
    callables = {key: value for key, value in vars(module).items() if callable(value) and not key.startswith("_")}
    own = [key for key, value in callables.items() if getattr(value, "__module__", None) == module.__name__]
    known = own or list(callables)
    raise AuditError(
        f"The {what} factory `{reference}` has no function `{name}`.",
        found="no such name" if function is None else f"`{name}`, an object of type {type(function).__name__}",
        expected="a function or class of that module",
        fix=did_you_mean(name, known) if known else "define the function; the module has none",
    )


def _check_arguments(function: Callable[..., object], arguments: dict[str, Any], reference: str, what: str) -> None:
    try:
        signature = inspect.signature(function)
    except (ValueError, TypeError):  # built-in code without a signature
        return
    try:
        signature.bind(**arguments)
    except TypeError as problem:
        accepted = [name for name, p in signature.parameters.items() if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
        unknown = [name for name in arguments if name not in accepted]
        raise AuditError(
            f"The arguments do not fit the {what} factory `{reference}`: {problem}.",
            found=", ".join(arguments) or "no arguments",
            expected=f"{getattr(function, '__name__', reference)}{signature}"[:500],
            fix=did_you_mean(unknown[0], accepted) if unknown and accepted else "give the missing ones under `arguments:`",
        ) from None


def _source(function: Callable[..., object], module: ModuleType) -> Path | None:
    file = getattr(module, "__file__", None)
    with suppress(TypeError):
        file = inspect.getsourcefile(inspect.unwrap(function))
    return Path(file) if file and Path(file).is_file() else None


def _where(problem: BaseException) -> str:
    """The innermost frame that is the user's own."""
    if isinstance(problem, SyntaxError) and problem.filename:
        return f"{problem.filename}, line {problem.lineno}"
    return "".join(f"{frame.filename}, line {frame.lineno}, in {frame.name}" for frame in user_frames(problem)[-1:])
