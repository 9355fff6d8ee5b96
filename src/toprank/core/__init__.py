"""Values only: ids, ratings, scales, datasets and random streams. Arrays are numpy; nothing here reads or fits."""
