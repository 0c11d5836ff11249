"""``mec_app_support``: readiness, termination, rules, registrations, time. Ref: MEC 011 clause 7.

Never keeps an instance itself: ``mep.instances`` does; never decides which packets a rule means.
"""
