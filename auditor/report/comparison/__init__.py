"""Two finished runs to comparison.json, and that to one HTML page and one PDF."""
