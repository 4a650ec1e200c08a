"""`python -m amparo`."""

from amparo.cli import main

raise SystemExit(main())
