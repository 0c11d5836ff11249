"""Wayside: a Multi-access Edge Computing system in the ETSI reference architecture.

The storeys, from the ground up: ``core`` (words and laws), ``model`` (ETSI types that several APIs
share), ``refpoints`` (the ETSI figure as typed Python), ``chassis`` (how any API is served),
the rooms (MEO, MEPM, MEP, VIM, data plane …), ``system`` (the only place that joins them) and
``cli`` (a face that speaks the public APIs). An import only ever points downwards.
"""

__version__ = "0.1.0"
