"""One fill per file; the file name is the fill's name in a plan. Each file's FILL is called with `Material`."""
