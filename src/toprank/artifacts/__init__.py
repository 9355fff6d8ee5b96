"""Objects as a folder, and back: a manifest with digests, safetensors, LightGBM's text, Parquet; never pickle."""
