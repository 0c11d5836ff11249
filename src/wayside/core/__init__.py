"""Words and laws that every storey shares: identifiers, wire types, problems, ports, declarations.

Never does input or output, and knows nothing of any one API.
"""
