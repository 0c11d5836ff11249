"""``/dev_app/v1``: the device application interface. Ref: MEC 016 V2.2.1 clause 7."""
