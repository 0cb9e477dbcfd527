"""`.eval_results/*.yaml` of the Hugging Face Hub: only for an evaluation set that is a benchmark of the Hub."""

from __future__ import annotations

import re

from auditor.errors import AuditError
from auditor.evidence.results import Estimate
from auditor.publish import said
from auditor.publish.card_yaml import number, quoted
from auditor.publish.finished import FinishedRun

_BENCHMARK = re.compile(r"([\w.-]+/[\w.-]+):([\w.-]+)", re.ASCII)


def eval_results(run: FinishedRun, benchmark: str, address: str) -> bytes:
    """The accuracy as the result of a benchmark's task.

    Args:
        run: the run.
        benchmark: "organisation/dataset:task", as the benchmark's eval.yaml names its task.
        address: where the report can be read.

    Raises:
        AuditError: the name cannot be read, or the run has no accuracy.
    """
    named = _BENCHMARK.fullmatch(benchmark)
    if named is None:
        raise AuditError(
            "A benchmark of the Hub is named by its data set and its task.",
            found=benchmark,
            expected="organisation/dataset:task",
            fix="take the task's id from the eval.yaml of the data set; leave --benchmark out where there is none",
        )
    found = said.material_of(run).results.estimate("accuracy")
    if not isinstance(found, Estimate):
        raise AuditError(
            "There is no accuracy to enter for the benchmark.",
            found=found.reason,
            expected="an evaluation set with labels",
            fix="leave --benchmark out",
        )
    limits = "" if found.interval is None else f", interval {number(found.interval.low)} to {number(found.interval.high)}"
    lines = [
        "- dataset:", f"    id: {named[1]}", f"    task_id: {quoted(named[2])}", f"  value: {number(found.value)}",
        *([f"  date: {quoted(run.times[1][:10])}"] if run.times[1] else []),
        "  source:", f"    url: {quoted(address)}", "    name: auditor",
        f"  notes: {quoted(f'accuracy, a fraction, n = {found.samples.rows}{limits}')}",
    ]  # fmt: skip
    return ("\n".join(lines) + "\n").encode("utf-8")


def dataset(benchmark: str) -> str:
    """The data set of 'organisation/dataset:task'."""
    return benchmark.partition(":")[0]
