"""Hyper-parameters searched on validation rows."""
