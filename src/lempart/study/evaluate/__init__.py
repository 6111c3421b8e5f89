"""What draws cost, whether partitions are stable in them, and which one a search finds."""
