"""Models whose truth is known because it was planted, audited on the product's own way: evidence on disk, then its measures."""
