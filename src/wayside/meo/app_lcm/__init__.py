"""Life cycle management on Mm1, served to the OSS. Never touches a host but over Mm3."""
