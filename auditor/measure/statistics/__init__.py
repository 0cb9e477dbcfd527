"""Intervals, resampling and ranks: arrays in, numbers out; nothing here knows what an audit is."""
