"""The place of the second dialect: CUDA C from the same kernel IR. Nothing stands here yet."""
