"""Which partition wins over the axes of a study, and where two cross."""
