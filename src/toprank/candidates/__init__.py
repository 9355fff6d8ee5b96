"""What could be recommended at all, over works: candidates by who holds what, ranked by relevance."""
