"""``mec_service_mgmt``: services offered, found, watched and kept alive. Ref: MEC 011 clause 8.

Never calls a service and never carries its traffic: producers and consumers meet directly.
"""
