"""Texts as vectors: what titles mean, from a small sentence encoder that is fetched once and then needed no more."""
