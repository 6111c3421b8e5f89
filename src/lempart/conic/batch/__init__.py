"""Many programs of one structure solved together, eight in a vector; needs numba."""
