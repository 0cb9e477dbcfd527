"""Passes and shards: from a plan to a complete evidence directory."""
