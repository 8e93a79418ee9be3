"""The parts of `annlab.extensions.ann_to_snn_conversion`, which is what users import.

From the file to the network: `keras_files` reads layers and their weights, `layers` lays them out
as synapses, `neurons` has the models of the neurons.
"""

__all__: list[str] = []
