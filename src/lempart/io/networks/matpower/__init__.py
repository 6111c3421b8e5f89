"""MATPOWER case files, their arithmetic followed, nothing in them run."""
