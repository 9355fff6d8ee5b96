"""The API, one file a group."""
