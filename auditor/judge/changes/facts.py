"""What differs between two audits beside their results: model, data, versions, gates, first features."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from auditor.evidence.comparison import EXTREMES, Beside, Change, Differs, GateChange, MovedFeature, RankChange
from auditor.evidence.facts import Prepared
from auditor.evidence.findings import Finding
from auditor.evidence.results import Estimate, NotEvaluated, Ranking, Result

NONE = "no such gate"
OF_RELEASE = "previous-"
"""How the ids of gates on the release before begin; no release has the same ones, so they are not compared."""
MOST_PLACES = 10
"""First places compared at most; a convention, as max(3, a tenth of the features)."""


def model_differences(old: Prepared, new: Prepared) -> tuple[Differs, ...]:
    """Name, version, weights and shape of the model."""
    pairs = [
        ("name", old.model.name, new.model.name),
        ("version", old.model.version, new.model.version),
        ("class of the module", old.model.type, new.model.type),
        ("SHA-256 of the weights", old.model.state_sha256, new.model.state_sha256),
        ("parameters", f"{old.model.parameters:,}", f"{new.model.parameters:,}"),
        ("layers with parameters", f"{len(old.model.layers):,}", f"{len(new.model.layers):,}"),
        ("numbers", old.model.dtype, new.model.dtype),
        ("shape of one input", _shape(old.model.input_shape), _shape(new.model.input_shape)),
        ("output", old.model.output, new.model.output),
        ("members", f"{len(old.model.members)}", f"{len(new.model.members)}"),
        ("threshold", f"{old.model.threshold:g}", f"{new.model.threshold:g}"),
    ]
    return _differing(pairs)


def data_differences(old: Prepared, new: Prepared) -> tuple[Differs, ...]:
    """What the two evaluation sets are, and what was left out of them."""
    a, b = old.data, new.data
    pairs = [
        ("name", a.name, b.name),
        ("SHA-256 of the decoded rows", a.decoded_sha256, b.decoded_sha256),
        ("rows supplied", f"{a.supplied:,}", f"{b.supplied:,}"),
        ("rows evaluated", f"{a.evaluated:,}", f"{b.evaluated:,}"),
        ("rows excluded", _counts(a.excluded), _counts(b.excluded)),
        ("rows with a label", f"{a.labelled:,}", f"{b.labelled:,}"),
        ("rows per class by label", ", ".join(map(str, a.label_counts[:20])), ", ".join(map(str, b.label_counts[:20]))),
        ("duplicate rows", f"{a.duplicates:,}", f"{b.duplicates:,}"),
        ("independent unit", a.unit or "each row", b.unit or "each row"),
        (EXTREMES, f"{a.minimum:g}, {a.maximum:g}", f"{b.minimum:g}, {b.maximum:g}"),
        ("preprocessing", a.preprocessing, b.preprocessing),
        ("features", old.features.description, new.features.description),
    ]
    return _differing(pairs)


def version_differences(old: Prepared, new: Prepared) -> tuple[Differs, ...]:
    """Program, packages and machine."""
    a, b = old.environment, new.environment
    packages = sorted({*a.packages, *b.packages})
    pairs = [
        ("auditor", a.auditor, b.auditor),
        *((name, a.packages.get(name, "absent"), b.packages.get(name, "absent")) for name in packages if name != "auditor"),
        ("Python", a.python, b.python),
        ("platform", a.platform, b.platform),
        ("device", a.device, b.device),
        ("threads", f"{a.threads}", f"{b.threads}"),
        ("rows of a model call", f"{a.rows}", f"{b.rows}"),
        ("commit of the plan's folder", a.commit or "none", b.commit or "none"),
    ]
    return _differing(pairs)


def _differing(pairs: Iterable[tuple[str, str, str]]) -> tuple[Differs, ...]:
    return tuple(Differs(what=what, old=old, new=new) for what, old, new in pairs if old != new)


def _shape(shape: Sequence[int]) -> str:
    return " × ".join(map(str, shape))


def _counts(excluded: dict[str, int]) -> str:
    return "; ".join(f"{rows:,}: {reason}" for reason, rows in excluded.items()) or "none"


def gate_changes(old: Sequence[Finding], new: Sequence[Finding]) -> tuple[GateChange, ...]:
    """Gates whose status or bound differs, and those that only one audit has; equal ones are left out."""
    before, after = (dict(_gates(findings)) for findings in (old, new))
    found = []
    for key in [*after, *(key for key in before if key not in after)]:
        texts = [_gate_text(side.get(key)) for side in (before, after)]
        if texts[0] != texts[1]:
            found.append(GateChange(gate=key, old=texts[0], new=texts[1]))
    return tuple(found)


def _gates(findings: Sequence[Finding]) -> Iterator[tuple[str, Finding]]:
    seen: Counter[str] = Counter()
    for finding in findings:
        if finding.kind == "gate" and not finding.id.startswith(OF_RELEASE):
            name, where = finding.results[0] if finding.results else (finding.id, {})
            if len(finding.results) > 1:  # which slice is the worst may differ; the gate is the same
                where = {key: "worst" if len({by.get(key) for _, by in finding.results}) > 1 else where[key] for key in where}
            said = name.replace("_", " ") + "".join(f", {key} {value}" for key, value in sorted(where.items()))
            seen[said] += 1
            yield said if seen[said] == 1 else f"{said} (no. {seen[said]})", finding


def _gate_text(gate: Finding | None) -> str:
    return NONE if gate is None else f"{gate.status}, {gate.bound}".rstrip(", ")


def beside(old: Sequence[Result], new: Sequence[Result], paired: Iterable[Change]) -> tuple[Beside, ...]:
    """Estimates of both reports that have no paired difference, as each report has them: nothing shared is dropped."""
    done = {(one.name, tuple(sorted(one.slice.items()))) for one in paired}
    before = {(r.name, tuple(sorted(r.slice.items()))): r for r in old if isinstance(r, Estimate)}
    found = []
    for result in new:
        key = (result.name, tuple(sorted(result.slice.items())))
        other = before.get(key)
        if isinstance(result, Estimate) and other is not None and key not in done and other.unit == result.unit:
            found.append(Beside(name=result.name, slice=result.slice, unit=result.unit, old=other.value, new=result.value))
    return tuple(found)


def rank_changes(old: Sequence[Result], new: Sequence[Result], same_features: bool) -> tuple[RankChange, ...]:
    """For each method and class that both reports rank: which features entered or left the first places."""
    before = {tuple(sorted(r.slice.items())): r for r in old if r.name == "feature_ranking"}
    found = []
    for result in new:
        other = before.get(tuple(sorted(result.slice.items())))
        if result.name == "feature_ranking" and other is not None and "method" in result.slice:
            found.append(_rank_change(other, result, same_features))
    return tuple(found)


def _rank_change(old: Result, new: Result, same_features: bool) -> RankChange:
    about = {"method": new.slice["method"], "of": new.slice.get("class", "")}
    gap = next((side.reason for side in (old, new) if isinstance(side, NotEvaluated)), "")
    reason = gap or ("" if same_features else "the two audits cut features differently")
    if reason or not isinstance(old, Ranking) or not isinstance(new, Ranking):
        return RankChange(**about, top=0, kept=0, gained=(), lost=(), reason=reason or "no ranking is stored")
    top = min(MOST_PLACES, max(3, -(-min(old.length, new.length) // 10)), len(old.items), len(new.items))
    places = [{item.feature: (item.rank, item.low, item.high) for item in side.items} for side in (old, new)]
    first = [[item.feature for item in side.items[:top]] for side in (old, new)]
    gained = tuple(_moved(name, places) for name in first[1] if name not in first[0])
    lost = tuple(_moved(name, places) for name in first[0] if name not in first[1])
    return RankChange(**about, top=top, kept=top - len(gained), gained=gained, lost=lost)


def _moved(name: str, places: list[dict[str, tuple[int, int, int]]]) -> MovedFeature:
    old, new = (side.get(name) for side in places)
    sure = old is not None and new is not None and (old[2] < new[1] or new[2] < old[1])
    return MovedFeature(feature=name, old=old, new=new, sure=sure)
