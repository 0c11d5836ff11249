"""``python -m wayside.cli`` is the program ``wayside``."""

from .main import main

main()
