"""Other people's networks: a neutral picture of a network, and what makes a case of it."""
