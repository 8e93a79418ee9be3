"""Arrays and kernels bound into calls for the native loop, one module an object."""
