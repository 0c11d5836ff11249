"""The lab: a town of network namespaces with delayed links, made from a scenario, and measured.

``scenario`` says what a town is, ``plan`` what the kernel must do for it, ``town`` does it,
``api`` measures it. Where namespaces are forbidden ``loopback`` is the simulated twin. Never knows
an application or a rule: hosts and their rules are somebody else's.
"""
