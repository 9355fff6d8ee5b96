"""Models: hyper-parameters in, a fitted object out, scores for pairs; one file a family."""
