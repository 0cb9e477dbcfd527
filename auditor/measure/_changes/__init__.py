"""Two audits measured against each other on the samples they share: pairs first, then differences, never two summaries."""
