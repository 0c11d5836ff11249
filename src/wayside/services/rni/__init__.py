"""Radio network information (MEC 012): bearers, cells, handovers and what devices measure.

Uses facts of LTE and NR: cells, bearers, handovers, carriers, measurements, load. Never decides
what a device does and never makes a figure up: what no fact tells is left out.
"""
