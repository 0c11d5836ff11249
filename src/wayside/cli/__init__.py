"""The command line: a face that speaks the public APIs only, for people and for programs.

Never decides anything of MEC; what it shows came from an element or from a package on disk.
"""
