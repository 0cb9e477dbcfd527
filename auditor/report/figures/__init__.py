"""Figures of the report, one file per figure: matplotlib to SVG, the same bytes for the same numbers."""
