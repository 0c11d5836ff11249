"""Scenarios of AdvantEDGE read into scenarios of ours, with a report of what has no counterpart.

``model`` is what is read of theirs, ``reading`` reads YAML and JSON, ``logic`` translates the
living network, ``town`` what the lab makes of nodes and links, ``left`` finds what was not
translated. Pure: the caller reads and writes files. Never changes what runs.
"""
