"""One study: models over splits, scores kept, everything measured once."""
