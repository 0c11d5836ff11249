"""Questions to the OSS, which instances may end for another. Never ends any itself."""
