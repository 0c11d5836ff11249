"""The application package of MEC 037: read, check, write, sign and verify a CSAR.

Never serves anything, keeps no store and trusts no name, size or digest that a package claims.
"""
