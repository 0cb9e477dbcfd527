"""What is seen per case, one file per pass; each file's OBSERVER fills one or more evidence tables."""
