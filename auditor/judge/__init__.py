"""Results to findings: gates and verdicts, each with a statement in plain words. No number is made here."""

from auditor.judge.gate_names import check_names
from auditor.judge.gates import exit_status, judge
from auditor.judge.verdict import verdicts

__all__ = ["check_names", "exit_status", "judge", "verdicts"]
