"""Networks; the only importer of Keras and JAX."""
