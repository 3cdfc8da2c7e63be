"""`python -m mlcore`: the same command line as `mlcore`."""

from __future__ import annotations

import sys

from mlcore.lab.cli import main

if __name__ == "__main__":
    sys.exit(main())
