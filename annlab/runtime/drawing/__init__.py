"""What connectors draw: synapses and their values, as functions of a key and a position.

No state is passed on from one synapse to the next, so rows may be drawn in any order, by any
number of threads, or on another device, and are the same. `plain` says with NumPy what is drawn;
`native` draws the same numbers, to the last bit, with compiled loops.
"""
