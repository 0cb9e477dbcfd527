"""Two audits to one comparison: which results fell by more than was accepted, and what else differs, in plain words."""
