"""What all back ends that speak a C-like language share: contexts of templates, lines, slots."""
