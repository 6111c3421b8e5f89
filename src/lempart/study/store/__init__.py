"""The folder of a study: what it is of, chunk by chunk, with checksums."""
