"""What could be recommended at all: implicit collaborative filtering over works, ranked by relevance."""
