"""The notebook's networks: embeddings of users and items."""
