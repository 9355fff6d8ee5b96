"""Ids in, ids out: fit, decide, recommend, explain, update."""
