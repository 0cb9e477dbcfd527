"""Disturbances of raw samples, one file per modality: pure functions (raw, amount, draw) -> raw.

Amounts by severity stand in `plan.corruptions`. Randomness is drawn from the sample's key, so that a corrupted sample is the
same whatever stands beside it; of one sample the severities of a corruption share their draws: what a smaller one disturbs, a
larger one disturbs more. `kinds` finds out what the raw rows of a data set are, `draw` gives the randomness.
"""
