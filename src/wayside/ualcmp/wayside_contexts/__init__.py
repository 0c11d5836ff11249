"""``/wayside_contexts/v1``: the contexts of all devices, for who operates the system (Mm8)."""
