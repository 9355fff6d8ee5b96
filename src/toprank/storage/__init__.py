"""Model folder and objects: a manifest with digests, safetensors, LightGBM's text, Parquet; never pickle."""
