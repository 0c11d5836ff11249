"""Moves of instances between hosts, as a host asks for them: the API and its pure decisions."""
