"""Ways from a partition to a dispatch; all of them end in the one settlement."""
