"""Granting on Mm3, served to the MEPMs. Never places: what is granted was placed before."""
