"""Facts about access networks: one typed stream, whatever the source. Never holds a source.

``network`` says what there is (operators, zones, cells, devices), ``facts`` what happened and what
was measured, ``source`` the contract of whoever tells, ``picture`` what is true now according to
what was told, ``coding`` the bytes between processes. Ours: ETSI has services that tell
applications of radio, places and bearers, and no reference point through which they hear of them.
"""
