"""One model a file, each written once for every simulator that can express it."""
