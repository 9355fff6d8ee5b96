"""From scores to answers: calibration, and cutoffs for an objective."""
