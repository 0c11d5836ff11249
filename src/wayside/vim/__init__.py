"""The virtualisation infrastructure manager: capacity, images, networks and running workloads.

Serves Mm6 to the MEPM and Mm4 to the MEO. Never knows what an application is for, and never
changes a traffic or DNS rule. Ref: MEC 003 clause 6.2.2.3.
"""
