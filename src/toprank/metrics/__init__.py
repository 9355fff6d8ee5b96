"""Arrays in, numbers out: decision, score and calibration metrics."""
