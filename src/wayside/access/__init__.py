"""Where facts about access networks come from. Never steers a packet: ``dataplane`` does."""
