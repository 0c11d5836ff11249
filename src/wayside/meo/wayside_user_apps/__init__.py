"""Where applications for users can be, as a service to the UALCMP. Never starts anything."""
