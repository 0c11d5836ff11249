"""Plans for many applications at once, as a service to the OSS. Never starts or moves anything."""
