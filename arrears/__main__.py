"""`python -m arrears` is `arrears`."""

from arrears.cli import main

if __name__ == "__main__":  # the web server's worker process imports this file too
    main()
