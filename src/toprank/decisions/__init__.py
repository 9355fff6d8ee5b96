"""From scores to decisions: objectives, thresholds, calibration, abstention, ranking, reasons."""
