"""Makes `typed_models` importable from the tests below this folder."""
