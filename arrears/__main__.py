"""`python -m arrears` is `arrears`."""

from arrears.cli import main

main()
