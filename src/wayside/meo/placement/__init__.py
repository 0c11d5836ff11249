"""The placement planner: which host an instance goes to, and why. Pure: figures in, decision out.

Never asks a host and never reserves: ``placing`` does.
"""
