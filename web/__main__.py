"""`python -m web` is `pfadfinder`."""

from web.cli import main

main()
