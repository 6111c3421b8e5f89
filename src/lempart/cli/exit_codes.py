"""Exit codes that are decided in more than one place."""

INTERRUPTED = 130
