"""How good decisions and scores are, with intervals, beside the baselines."""
