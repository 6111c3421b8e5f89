"""What the draws of a study say, as numbers and as JSON."""
