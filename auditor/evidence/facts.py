"""Whole-set facts fixed before any case is explained (`evidence/prepared.json`), themselves evidence."""

from __future__ import annotations

from pydantic import Field

from auditor.evidence.environment_facts import Environment as Environment
from auditor.evidence.record import Record
from auditor.evidence.robustness_facts import RobustnessFacts
from auditor.evidence.sequential_facts import SequentialFacts
from auditor.evidence.signing_facts import SigningFacts


class FileFact(Record):
    """A file that went into the audit: its name without folders, size and SHA-256."""

    name: str
    role: str = Field(description="weights, code, data, …")
    bytes: int
    sha256: str


class MemberFacts(Record):
    """One member of an ensemble; its predictions and attributions are stored as variant `member:<index>`."""

    name: str
    type: str
    parameters: int
    state_sha256: str
    methods: int = Field(0, description="methods of the plan that apply to it")


class LayerFacts(Record):
    """One layer, as a forward pass of one row shows it: a module without modules inside, or one that computes by itself."""

    name: str = Field(description="dotted name in the model; '(whole)' for the model itself")
    type: str
    output: tuple[tuple[int, ...], ...] = Field(
        (), description="shape of each tensor it returns, without the batch; () if not called"
    )
    parameters: int = Field(description="own ones that no earlier layer counts")
    shared: int = Field(0, description="own ones that an earlier layer counts already")
    trainable: int = Field(description="of `parameters`, those left to training")
    multiply_adds: int | None = Field(None, description="of one row, over all calls; None: not counted or not called")
    calls: int | None = Field(None, description="times one forward pass calls it; 0: not by itself; None: could not be watched")


class ModelFacts(Record):
    """The audited model as it was measured, not as it was described."""

    name: str
    version: str
    type: str = Field(description="class name of the module")
    classes: tuple[str, ...]
    head: str = Field(description="softmax or sigmoid")
    output: str = Field(description="logits, log_probabilities or probabilities, as declared and checked")
    parameters: int
    trainable: int
    state_sha256: str = Field(description="SHA-256 over names, types, shapes and bytes of all parameters and buffers")
    dtype: str
    input_shape: tuple[int, ...] = Field(description="shape of one input, without the batch")
    can: tuple[str, ...] = Field(description="capabilities found by probing: gradient, hooks, copy, …")
    reasons: dict[str, str] = Field(description="for each missing capability, the sentence a NotEvaluated prints")
    layers: tuple[tuple[str, str, int], ...] = Field(description="(name, type, parameters) of each module that owns parameters")
    built: str = Field(description="'from the plan' or 'in memory'")
    arguments: dict[str, tuple[int | str, ...]] = Field({}, description="forward argument -> shape and type of one input")
    multi_label: bool = Field(False, description="each class is a question of its own; head sigmoid")
    threshold: float = Field(0.5, description="multi-label: a class is predicted where its probability is at least this")
    layer_table: tuple[LayerFacts, ...] = Field((), description="in the order of the calls; parameters add up to `parameters`")
    layer_note: str = Field("", description="what the layer table lacks and why; '' where nothing")
    multiply_adds: int | None = Field(None, description="of one row; None where they could not be counted")
    outputs: tuple[tuple[int, ...], ...] = Field((), description="shape of each tensor it returns for one row; () unknown")
    members: tuple[MemberFacts, ...] = Field((), description="of an ensemble; () for a single model")
    combine: str = Field("", description="how members' outputs are joined: mean_probability or mean_logit; '' without members")


class DataFacts(Record):
    """The evaluation set as it was read."""

    name: str
    modality: str
    supplied: int = Field(description="rows offered by the data source")
    evaluated: int = Field(description="rows with a prediction; supplied = evaluated + excluded")
    excluded: dict[str, int] = Field(description="reason -> rows")
    labelled: int
    label_counts: tuple[int, ...] = Field(description="rows per class by label, all supplied rows")
    predicted_counts: tuple[int, ...]
    duplicates: int = Field(description="rows whose decoded input equals an earlier row's")
    decoded_sha256: str = Field(description="SHA-256 over the ordered per-sample digests of the decoded tensors and labels")
    unit: str = Field(description="the declared independent unit, '' when none is declared")
    units: int
    sampling: str
    seen_in_training: str
    minimum: float = Field(description="smallest and largest value the model received")
    maximum: float
    ids: str = Field(description="plain or hashed")
    id_key: str = Field("", description="fingerprint of the key ids are hashed with, '' when plain")
    preprocessing: str = Field("", description="how raw files became the model's inputs, '' where the data's own code did it")
    notes: tuple[str, ...] = Field((), description="what reading the data had to say: empty class folders, files left out")


class FeatureFacts(Record):
    """What a feature is in this audit."""

    kind: str = Field(description="columns, grid, pixels, segments, windows or words")
    names: tuple[str, ...] = Field(
        description="() where they differ from case to case (words, segments): see table attributions"
    )
    most: int = Field(0, description="largest number of features of a case, where the number differs; 0 where it is the same")
    grid: tuple[int, int] | None = Field(None, description="rows and columns of patches, for pictures of rankings")
    description: str = Field(description="for the reader: '4 × 4 pixel patches, 7 rows by 7 columns'")


class Stratum(Record):
    """One stratum of the selection."""

    predicted: int
    right: bool | None = Field(description="None where labels are unknown")
    rows: int = Field(description="N_h, evaluated rows in it")
    selected: int = Field(description="n_h, of which selected for explanation")


class FillFacts(Record):
    """What replaces a removed feature, fixed for the whole audit."""

    name: str
    description: str = Field(description="for the reader, with the value it stands for before preprocessing where known")
    sha256: str = Field(description="digest of the fill's state (mean image, constant, …)")


class MethodFacts(Record):
    """One attribution method of the plan, with its options as they stood."""

    name: str
    title: str
    options: dict[str, str | int | float | bool | None]
    applies: bool
    reason: str = Field("", description="why it does not apply; '' when it does")
    signed: bool
    complete: bool
    unit: str
    pool: str
    forwards: int = Field(description="per case")
    backwards: int
    citation: str
    failings: str = Field("", description="known failings, for the annex of definitions")


class TrustFacts(Record):
    """How the checks that the methods' verdicts rest on were made; they see a part of the explained cases."""

    cases: int = Field(0, description="samples explained again: on copies, under noise, for another class; 0: none")
    curve_cases: int = Field(0, description="samples with curves of model-free orders and further fills")
    copies: int = Field(0, description="weight-randomised copies of the model")
    noise: int = Field(0, description="noisy copies of each input")
    other_class: bool = Field(False, description="whether another class was explained too")
    noise_on: str = Field("", description="what is moved, where it is not the input itself: words read as numbers")
    cascade: tuple[str, ...] = Field(
        (), description="layers that each level of the cascading randomisation adds, from the output"
    )
    cascade_methods: tuple[str, ...] = Field((), description="methods it was made for, the primary one first")
    cascade_cases: int = Field(0, description="samples it was made for")
    seeds: tuple[str, ...] = Field((), description="methods that draw, so that another seed may give something else")
    orders: tuple[str, ...] = Field((), description="model-free orders: magnitude, centre, position")
    fills: tuple[FillFacts, ...] = Field((), description="fills of these curves beyond the primary one")
    steps: int = Field(0, description="K of these curves; its points are points of the audit's own curves")
    removals: int = Field(0, description="random removals per case behind the infidelity")
    drawn: int = Field(0, description="tensors of parameters drawn anew in a copy")
    permuted: tuple[str, ...] = Field((), description="tensors of a copy whose values change places between channels")
    untouched: tuple[str, ...] = Field((), description="buffers that a copy has in common with the model")
    reasons: dict[str, str] = Field(
        {}, description="what could not be done (copies, noise, other_class, magnitude, all) -> why, for the reader"
    )
    rows: dict[str, int] = Field({}, description="table -> rows that these checks add to it")


class PresetFacts(Record):
    """Another tool's definition of deletion and insertion curves, computed beside the audit's own."""

    name: str
    score: str = Field(description="probability or logit")
    area: str = Field(description="how an area is taken: 'equal spacing' or 'fractions'")
    terms: dict[str, str] = Field(description="the whole definition, in words")


class ExemplarFact(Record):
    """A case shown as an example, chosen by a printed rule before any attribution was computed."""

    sample_id: str
    group: str = Field(description="right, wrong or borderline")
    rule: str = Field(description="for the reader: 'right, confidence nearest the median of its class'")


class Prepared(Record):
    """All facts of pass 1 and *prepare*; its digest is part of every later shard's identity."""

    schema_version: str = "1"
    plan_sha256: str = Field(description="digest of the part of the plan that evidence depends on")
    thresholds_sha256: str = Field(description="digest of the gates as they stood when the evidence was begun")
    model: ModelFacts
    data: DataFacts
    features: FeatureFacts
    files: tuple[FileFact, ...]
    strata: tuple[Stratum, ...]
    cases: int = Field(0, description="(sample, class) pairs that are explained; 0: one per selected sample")
    sequential: SequentialFacts | None = Field(None, description="the rule that chose how many cases; None: a number did")
    fills: tuple[FillFacts, ...]
    methods: tuple[MethodFacts, ...]
    exemplars: tuple[ExemplarFact, ...]
    steps: int = Field(description="K = min(plan steps, features)")
    trust: TrustFacts = Field(TrustFacts(), description="checks of the methods; none in audits by versions that had none")
    protocols: tuple[PresetFacts, ...] = Field((), description="other tools' curves computed too; () where none were asked for")
    robustness: RobustnessFacts | None = Field(None, description="corrupted rows; None: the plan asks for none")
    signing: SigningFacts | None = Field(None, description="the weight files as a signature names them; None: there are none")
    environment: Environment
    seed: int
