"""The Jinja environment for templates that others wrote: no way into Python, no file, and an end to every loop.

Allowed is what is listed here; everything else is refused. Time and memory are bounded by counting: each pass of a loop, each
call and each 64 characters or list elements made cost one step, and a section has STEPS of them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from jinja2 import StrictUndefined, nodes, pass_context
from jinja2.filters import FILTERS
from jinja2.runtime import BlockReference, Context, LoopContext, Macro, Undefined, markup_join, str_join
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.tests import TESTS
from jinja2.utils import Namespace

from auditor.errors import did_you_mean
from auditor.report.own.counting import Counting, weight

STEPS = 400_000
"""Steps of one section; the longest standard section takes about a tenth."""
CHARACTERS = 16_000_000
"""Length of one section's HTML, pictures included."""

_FILTERS = frozenset({
    "abs", "capitalize", "count", "d", "default", "dictsort", "e", "escape", "first", "float", "groupby", "int", "items",
    "join", "last", "length", "list", "lower", "map", "max", "min", "reject", "rejectattr", "reverse", "select", "selectattr",
    "sort", "title", "trim", "truncate", "unique", "upper", "wordcount",
})  # fmt: skip
_BY_ELEMENT = frozenset({"list", "sort", "unique", "map", "select", "reject", "join", "reverse", "min", "max"})
_OF: dict[type, frozenset[str]] = {
    str: frozenset({
        "capitalize", "endswith", "isdigit", "lower", "lstrip", "partition", "rpartition", "rstrip", "split", "splitlines",
        "startswith", "strip", "title", "upper",
    }),
    tuple: frozenset({"count", "index"}),
    list: frozenset({"count", "index"}),
    LoopContext: frozenset({
        "cycle", "changed", "depth", "depth0", "first", "index", "index0", "last", "length", "nextitem", "previtem", "revindex",
    }),
    BlockReference: frozenset({"super"}),
}  # fmt: skip


class TooMuch(Exception):
    """A template that does not end, or makes more than a report can hold."""


class OwnUndefined(StrictUndefined):
    """A name that does not exist, with the nearest one that does."""

    @property
    def _undefined_message(self) -> str:
        if self._undefined_hint:
            return str(self._undefined_hint)
        thing, name = self._undefined_obj, str(self._undefined_name)
        known = field_names(thing)
        if known:
            return f"`{name}` is not a field of {type(thing).__name__}: {did_you_mean(name, known)}"
        return f"`{name}` is not defined here"


def field_names(thing: Any) -> tuple[str, ...]:
    """Names a template may read of an object: fields and properties of our records, keys of a mapping; () for others."""
    kind = type(thing)
    if is_dataclass(kind) or hasattr(kind, "model_fields"):
        listed = [one.name for one in fields(kind)] if is_dataclass(kind) else list(kind.model_fields)
        computed = [name for name in dir(kind) if isinstance(getattr(kind, name, None), property | functools.cached_property)]
        methods = list(getattr(kind, "FOR_TEMPLATES", ()))
        return tuple(name for name in (*listed, *computed, *methods) if not name.startswith(("_", "model_")))
    return tuple(map(str, thing)) if isinstance(thing, Mapping) else tuple(getattr(kind, "_fields", ()))


class OwnEnvironment(ImmutableSandboxedEnvironment):
    """Attributes, filters and operators by list; see the module."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, **options: Any) -> None:
        super().__init__(**(options | {"undefined": OwnUndefined, "finalize": self._printed}))
        self.renew()
        for name in set(FILTERS) - _FILTERS:
            self.filters.pop(name, None)
        for name in _FILTERS:
            self.filters[name] = self._counted_filter(name, FILTERS[name])
        self.filters |= {"_passes": self._passes, "_joined": self._joined, "_weighed": self._weighed, "_walked": self._walked}
        tests: dict[str, Any] = dict(TESTS)
        self.tests.update({name: self._counted_test(test) for name, test in tests.items()})
        for name in ("lipsum", "cycler"):
            self.globals.pop(name, None)
        self.globals["range"] = self._range

    def renew(self) -> None:
        """Begin a new section: its steps are counted anew."""
        self.left = STEPS

    def spend(self, size: int = 0) -> None:
        """Count one step and one more per 64 of `size`."""
        self.left -= 1 + size // 64
        if self.left < 0:
            raise TooMuch(f"it takes more than {STEPS:,} steps: a loop without end, or far too much text")

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Whether a template may read `obj.attr`: fields of our records, harmless methods of texts and lists, macros."""
        if attr.startswith("_"):
            return False
        for kind, allowed in _OF.items():
            if isinstance(obj, kind):
                return attr in allowed or attr in getattr(type(obj), "_fields", ())
        if isinstance(obj, Mapping):
            return attr in ("get", "items", "keys", "values")
        if type(obj).__module__ in ("jinja2.environment", "jinja2.runtime", "jinja2.utils"):
            return isinstance(value, Macro | BlockReference) or isinstance(obj, Namespace)
        return attr in field_names(obj)

    def wrap_str_format(self, value: Any) -> None:
        """No formatting of texts: a width of a thousand million is a memory bomb."""

    def call(self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        """Call a macro, a block or a listed method, and count it."""
        self._walked([*args, *kwargs.values()])
        return self._weighed(super().call(__context, __obj, *args, **kwargs))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """`+` and `*` with their sizes counted before they are carried out; no text formatting, no huge powers."""
        if operator == "%" and isinstance(left, str):
            raise TooMuch("`%` formats no text here: write the parts one after the other")
        if operator == "**" and (abs(left) > 1e6 or abs(right) > 16):
            raise TooMuch("a power is too large")
        if operator == "*":
            times = [min(abs(one), 10**9) if isinstance(one, int | float) else 1 for one in (left, right)]
            self.spend(int(max(weight(left) * times[1], weight(right) * times[0])))
        else:
            self.spend(weight(left) + weight(right))
        return super().call_binop(context, operator, left, right)

    def get_template(self, name: Any, parent: Any = None, globals: Any = None) -> Any:
        """A template by name; an include counts as a step, so that one that includes itself comes to an end."""
        self.spend(64)
        return super().get_template(name, parent, globals)

    def _parse(self, source: str, name: Any, filename: Any) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        return Counting().visit(tree).set_environment(self)  # type: ignore[no-any-return]

    def _range(self, *bounds: int) -> range:
        made = range(*bounds)
        if len(made) > 10_000:
            raise TooMuch("range() is longer than 10,000")
        return made

    def _printed(self, value: Any) -> Any:
        if value is None or isinstance(value, str | int | float | Undefined):
            self.spend(weight(value))
            return value
        raise TypeError(f"a {type(value).__name__} cannot be printed: print one of its fields, or loop over it")

    def _passes(self, value: Any) -> Any:
        """What a loop runs over, each element counted."""
        if not isinstance(value, list | tuple | dict | range | str | Undefined):
            value = list(value)
        self.spend(64 * (0 if isinstance(value, Undefined) else len(value)))
        return value

    def _weighed(self, value: Any) -> Any:
        self.spend(weight(value))
        return value

    @pass_context
    def _joined(self, context: Context, values: list[Any]) -> Any:
        self.spend(sum(weight(self._printed(value)) for value in values))
        return (markup_join if context.eval_ctx.autoescape else str_join)(values)

    def _walked(self, value: Any) -> Any:
        """A value that is about to be compared or hashed: what it holds is counted in depth, shared parts as often as met."""
        waiting = [value]
        while waiting:
            one = waiting.pop()
            self.spend(len(one) if isinstance(one, str) else 0)
            if isinstance(one, list | tuple):
                waiting.extend(one)
            elif isinstance(one, dict):
                waiting.extend(one.values())
        return value

    def _counted_test(self, test: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(test)
        def run(*args: Any, **kwargs: Any) -> Any:
            self._walked([one for one in args if not isinstance(one, OwnEnvironment)])
            return test(*args, **kwargs)

        return run

    def _counted_filter(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            self._walked(args)
            self.spend(sum(64 * len(one) for one in args if isinstance(one, str) and name in _BY_ELEMENT))
            if name == "join":
                args = (args[0], self._texts(args[1]), *args[2:])
            return self._weighed(function(*args, **kwargs))

        return run

    def _texts(self, values: Any) -> list[Any]:
        found = [self._printed(value) if not is_dataclass(value) else value for value in self._passes(values)]
        self.spend(sum(len(str(value)) for value in found if not is_dataclass(value)))
        return found
