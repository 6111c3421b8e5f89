"""The straightforward way: vectorised cvxpy, written from the equations, rebuilt for every solve."""
