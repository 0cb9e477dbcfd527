"""Intervals, resampling and ranks: arrays in, numbers out; nothing here knows what an audit is.

`scipy.stats` is imported where it is used: it takes longer than all the rest, and plans are checked without it.
"""
