"""What an operator has written down of its network: addresses, subscribers, and who is where.

A table (TOML) that is true until another replaces it; what it tells is STATIC. Never measures.
"""
