"""The facade: ids in, ids out; fit, decide, recommend, explain, update, evaluate, compare."""
