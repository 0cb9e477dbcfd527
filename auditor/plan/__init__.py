"""The plan of an audit: what `audit.yaml` may say, and every mistake in it at once."""

from auditor.plan.fields import AuditPlan

__all__ = ["AuditPlan"]
