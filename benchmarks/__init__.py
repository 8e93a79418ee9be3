"""Measure annlab beside its peers: one model a file in `cases`, one driver.

``python -m benchmarks`` prints a table and writes JSON; README.md tells how.
"""
