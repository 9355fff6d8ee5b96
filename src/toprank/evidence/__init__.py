"""What is known of a pair: mergeable statistics by key, cross-fitted so that no row sees its own label."""
