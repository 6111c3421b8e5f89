"""Lower bounds on what partitions and coalitions cost, and what they are made of."""
