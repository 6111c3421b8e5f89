"""One engine: chunks computed in this process, in several or on a cluster, and written as they come."""
