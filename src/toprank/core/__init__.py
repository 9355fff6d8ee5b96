"""Values only: ids, ratings, scales, datasets, decisions, updates, random streams; nothing here reads or fits."""
