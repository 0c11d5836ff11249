"""How workloads really run: one module per way, behind the ``Driver`` port.

Never keeps a record: the VIM does, and hands the whole wish in with every call.
"""
