"""A simulated access network: cells, radio, devices that move, and what happens to them.

``scenario`` says what there is, ``world`` lays it out as arrays, ``logic`` moves time by a step and
returns the facts, ``source`` tells them. Decisions are pure; the same seed gives the same facts.
What it tells is marked SIMULATED. Never touches a packet or the kernel.
"""
