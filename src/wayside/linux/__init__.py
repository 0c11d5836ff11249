"""Hands on the kernel: namespaces, processes, packet filters, limits, and what is allowed here.

Each module does one thing to the machine and says truly whether it worked. Never decides what a
town, a host or an application should look like: rooms do, and hand their wishes down as data.
"""
