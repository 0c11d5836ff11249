"""Life cycle management on Mm3, served to the MEO. Never chooses a host."""
