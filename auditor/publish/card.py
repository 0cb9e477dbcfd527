"""A Hugging Face model card with the audit in it: our `model-index` results, one marked section, files beside the card.

Nothing is written here: `edit` answers what would be, so that a dry run, a local file and the Hub share one way.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from auditor.evidence.results import Estimate
from auditor.publish import card_section, front_matter, model_index, said
from auditor.publish.card_body import body_lines, standalone
from auditor.publish.card_figures import figures
from auditor.publish.card_yaml import number, quoted
from auditor.publish.eval_results import eval_results
from auditor.publish.finished import FinishedRun

TASKS = {
    "image": ("image-classification", "Image classification"),
    "tabular": ("tabular-classification", "Tabular classification"),
    "text": ("text-classification", "Text classification"),
}
OTHER_TASK = ("other", "Classification of series")
METRICS = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced_accuracy",
    "macro_f1": "f1",
    "log_loss": "log_loss",
    "brier_score": "brier_score",
    "overconfidence": "overconfidence",
    "worst_group": "worst_group",
}
"""Result -> metric type on the Hub."""


@dataclass(frozen=True)
class Edit:
    """What a card becomes, and the files it links."""

    name: str
    before: bytes | None
    """None where there was no card."""
    after: bytes
    files: Mapping[str, bytes]
    """Path relative to the card, with forward slashes -> content."""
    notes: tuple[str, ...]

    @property
    def difference(self) -> str:
        """A unified diff of the card; '' where nothing changes."""
        old, new = ((content or b"").decode("utf-8").splitlines(keepends=True) for content in (self.before, self.after))
        lines = difflib.unified_diff(old, new, f"{self.name} (now)", f"{self.name} (then)")
        return "".join(line if line.endswith("\n") else f"{line}\n\\ no line break at the end\n" for line in lines)


@dataclass(frozen=True)
class Options:
    """How a card is edited."""

    base: str = ""
    """Address of the card's folder, for links that need one; '': paths relative to the card."""
    folder: str = "audit"
    """Folder beside the card that takes report and figures, one sub-folder per plan."""
    benchmark: str = ""
    """'dataset:task' of the Hub, for `.eval_results`; '' where the evaluation set is no benchmark of the Hub."""
    include_examples: bool = False
    """Link the pages although they show rows of the evaluation set."""
    force: bool = False
    """Replace a section that was edited by hand."""

    def on(self, base: str) -> Options:
        """The same where the card's folder has an address, unless one was given."""
        return self if self.base else replace(self, base=base)


def edit(run: FinishedRun, content: bytes | None, options: Options = Options(), name: str = "README.md") -> Edit:
    """The card with this run's results in it.

    Args:
        run: the run.
        content: the card as it is; None: make a standalone one.
        options: how.
        name: what to call the card in messages and the diff.

    Raises:
        AuditError: the card cannot be edited without losing something.
    """
    place = f"{options.folder.strip('/')}/{run.name}"
    drawn = figures(run)
    names = [one for one in run.documents(options.include_examples) if one.startswith("report.")]
    card = front_matter.split(standalone(run) if content is None else content, name)
    page = "report.pdf" if "report.pdf" in names else "report.json"
    address = "/".join(part for part in (options.base.rstrip("/"), place, page) if part)
    entry = _entry(run, address)
    yaml = model_index.edit(front_matter.yaml_lines(card), entry, card.newline, name)
    lines = body_lines(run, place, drawn, names)
    body = card_section.edit(card.body, run.name, lines, card.newline, options.force)
    card = front_matter.with_yaml(front_matter.Card(card.bom, card.opening, card.yaml, card.closing, body, card.newline), yaml)
    files = {f"{place}/{one}": (run.path / one).read_bytes() for one in names}
    files |= {f"{place}/{one.file}": one.content for one in drawn}
    if options.benchmark:
        files |= {f".eval_results/auditor-{run.name}.yaml": eval_results(run, options.benchmark, address)}
    return Edit(name, content, card.text.encode("utf-8"), files, card.notes + _notes(run, options.include_examples))


def _notes(run: FinishedRun, include_examples: bool) -> tuple[str, ...]:
    left = [name for name in run.documents(include_examples=True) if name not in run.documents(include_examples)]
    if not left:
        return ()
    return (f"left out, because they show rows of the evaluation set (--include-examples takes them): {', '.join(left)}",)


def task_of(run: FinishedRun) -> tuple[str, str]:
    """The Hub's task and its name."""
    return TASKS.get(run.report.prepared.data.modality, OTHER_TASK)


def _entry(run: FinishedRun, url: str) -> model_index.Entry:
    data, (task, task_name) = run.report.prepared.data, task_of(run)
    slug = re.sub(r"[^a-z0-9]+", "-", data.name.lower()).strip("-") or "evaluation-set"
    lines = [
        "- task:", f"    type: {task}", f"    name: {quoted(task_name)}",
        "  dataset:", f"    type: {quoted(slug)}", f"    name: {quoted(data.name)}", "  metrics:",
    ]  # fmt: skip
    for kind, name, result in _headlines(run):
        lines += [f"  - type: {kind}", f"    value: {number(result.value)}", f"    name: {quoted(name)}", "    args:"]
        lines += [f"      {key}: {value}" for key, value in _arguments(result)]
    lines += ["  source:", f"    name: {model_index.OWNER}", f"    url: {quoted(url)}"]
    element = (f"- name: {quoted(said.subject(run))}", "  results:")
    return model_index.Entry(said.subject(run), (task, slug), tuple(lines), element)


def _headlines(run: FinishedRun) -> list[tuple[str, str, Estimate]]:
    """(metric type, name, estimate): overall figures, then the primary method's margin with its verdict."""
    material = said.material_of(run)
    found = [(kind, material.title(name), material.results.estimate(name)) for name, kind in METRICS.items()]
    if (method := material.primary) is not None:
        by = {"method": method.name, "fill": material.fill}
        name = f"Margin over random orders, {method.title}; verdict: {method.verdict.word[0].lower()}{method.verdict.word[1:]}"
        found.append(("normalised_margin", name, material.results.estimate("normalised_margin", by)))
    return [(kind, name, result) for kind, name, result in found if isinstance(result, Estimate)]


def _arguments(result: Estimate) -> list[tuple[str, str]]:
    found = [("n", str(result.samples.rows)), ("unit", quoted(result.unit))]
    if result.interval is None:
        return [*found, ("no_interval", quoted(result.no_interval))]
    interval = result.interval
    limits = {"ci_low": interval.low, "ci_high": interval.high, "ci_level": interval.level}
    return [*found, *((key, number(value)) for key, value in limits.items()), ("ci_method", quoted(interval.how))]
