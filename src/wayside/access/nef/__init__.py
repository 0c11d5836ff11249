"""Facts asked of a 3GPP core through its exposure function (NEF), by TS 29.122 and TS 29.522.

``table`` is what the operator has written down, ``wishes`` what is asked of the core for it,
``keeping`` keeps that alive at the NEF and leaks nothing, ``callbacks`` hears what the NEF reports,
``logic`` makes facts of it, ``source`` tells them. What it tells is MEASURED. Never guesses where a
device is: what the core has not said is not known.
"""
