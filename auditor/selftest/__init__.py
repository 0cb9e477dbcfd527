"""The instrument tested on data and models whose truth is known; see `catalogue` for what is tested and `tolerance` for how.

Importing this loads no torch; the checks on models do when they run.
"""
