"""Package management on Mm1, and its reading half on Mm3. Never opens a package."""
