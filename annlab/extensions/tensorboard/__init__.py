"""Log a simulation in files that TensorBoard shows: numbers, pictures, distributions, settings."""

from annlab.extensions.tensorboard.logger import Logger

__all__ = ["Logger"]
