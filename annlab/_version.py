"""The version of annlab, written once: packaging and the package both read it here."""

__version__ = "0.1.0.dev0"
__release__ = "0.1"
