"""A study on its case: what is computed in every draw, and the labels of the results."""
