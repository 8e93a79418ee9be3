"""The CUDA back end: a state in the memory of a device, advanced by launches of kernels."""
