"""The platform's own MEC services: a folder each, found by scan, named like its ETSI apiName.

A service knows no other and no platform: ``service.py`` of each is built with a host
(``chassis.hosting``). Never holds what two services share: the chassis does.
"""
