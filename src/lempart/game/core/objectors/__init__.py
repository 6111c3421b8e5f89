"""The sub-coalitions that have no price yet: which of them may object to an allocation, by how much at most."""
