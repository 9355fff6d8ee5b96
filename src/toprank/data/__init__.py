"""Splits, works (ISBN, edition, work) and summaries of a dataset; readers and data sets in the folders below."""
