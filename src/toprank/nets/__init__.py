"""Networks on user and item embeddings: what they look like, and one training loop. The only importer of Keras."""
