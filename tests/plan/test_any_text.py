"""No text whatever makes the reader of plans do anything but answer."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.errors import AuditError
from auditor.plan.read import AuditPlan, load_plan
from auditor.plan.write import plan_yaml

GOOD = """\
name: digits
model: {name: net, factory: net.py:make, weights: net.pt, classes: [yes, no]}
data:
  name: test set
  path: digits.npz
  modality: image
methods: [integrated_gradients]
gates:
  - result: accuracy
    at_least: 0.9
"""

SETTINGS = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8),
    st.sampled_from(["*a", "&a x", "!!int x", "!!binary x", "<<", "~", "0x_", "1e999", ".nan", "- ", "%YAML 1.1"]),
    st.sampled_from(["'", '"\\ud800"', "? ", "[*a, &a b]", "yes", "2024-01-01"]),
)  # fmt: skip
KEYS = st.one_of(
    st.sampled_from(
        [*AuditPlan.model_fields, "factory", "path", "name", "classes", "result", "at_least", "slice", "options", "<<"]
    ),
    st.text(max_size=5),
)
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=20
)


def answer(content: bytes, overrides: dict[str, str] | None = None) -> AuditPlan | AuditError:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "audit.yaml"
        path.write_bytes(content)
        try:
            found: AuditPlan | AuditError = load_plan(path, overrides).plan
        except AuditError as error:
            found = error
    assert str(found).encode()
    return found


def flow(value: object) -> str:
    """A tree as careless YAML: nothing is quoted, so that every kind of scalar and many broken documents appear."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(item)}" for key, item in value.items()) + "}"
    return "[" + ", ".join(map(flow, value)) + "]" if isinstance(value, list) else str(value)


@SETTINGS
@given(st.binary(max_size=200))
def test_bytes_give_a_plan_or_an_answer(content):
    answer(content)


@SETTINGS
@given(st.dictionaries(KEYS, TREES, max_size=8))
def test_trees_of_known_keys_give_a_plan_or_an_answer(tree):
    answer("\n".join(f"{key}: {flow(value)}" for key, value in tree.items()).encode("utf-8", "surrogatepass"))


@SETTINGS
@given(st.data())
def test_a_good_plan_with_one_place_replaced_gives_a_plan_or_an_answer(data):
    lines = GOOD.splitlines()
    place = data.draw(st.integers(0, len(lines) - 1))
    head = lines[place].partition(":")[0]
    lines[place] = f"{head}: {flow(data.draw(TREES))}"
    answer("\n".join(lines).encode("utf-8", "surrogatepass"))


@SETTINGS
@given(st.dictionaries(st.lists(KEYS | st.sampled_from("01"), max_size=4).map(".".join), TREES.map(flow), max_size=3))
def test_overrides_give_a_plan_or_an_answer(overrides):
    answer(GOOD.encode(), overrides)


@SETTINGS
@given(
    st.text(min_size=1, max_size=12),
    st.lists(st.text(min_size=1, max_size=6), min_size=2, max_size=4, unique=True),
    st.dictionaries(st.text(max_size=6), st.none() | st.booleans() | st.integers() | st.text(max_size=8), max_size=3),
)
def test_whatever_can_be_read_is_written_so_that_it_reads_back_the_same(name, classes, arguments):
    base = answer(GOOD.encode())
    assert isinstance(base, AuditPlan)
    model = base.model.model_copy(update={"name": name, "classes": tuple(classes), "arguments": arguments})
    plan = base.model_copy(update={"model": model})
    back = answer(plan_yaml(plan).encode("utf-8", "surrogatepass"))
    assert back == plan or isinstance(back, AuditError)
    printable = all(c >= " " and c != "\x7f" for text in (name, *classes, *arguments) for c in text)
    simple = all(not isinstance(v, str) or all(c >= " " and c != "\x7f" for c in v) for v in arguments.values())
    assert back == plan or not (printable and simple)
