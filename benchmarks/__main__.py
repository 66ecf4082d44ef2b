"""Every benchmark, one after another: `make bench`, or `python -m benchmarks --quick`."""

import subprocess
import sys

_QUICK = {
    "benchmarks.ingest": ["--quick"],
    "benchmarks.understanding": ["--quick"],
    "benchmarks.imports": ["--quick"],
    "benchmarks.due": ["--pending", "100000", "--due", "10000", "--rounds", "1", "--seconds", "5"],
    "benchmarks.models": ["--rounds", "1"],
    "benchmarks.segments": ["--quick"],
}


def main() -> int:
    """Run them all; 1 if any missed its target."""
    quick = "--quick" in sys.argv[1:]
    statuses = [
        subprocess.run([sys.executable, "-m", module, *(arguments if quick else [])], check=False).returncode
        for module, arguments in _QUICK.items()
    ]
    return int(any(statuses))


if __name__ == "__main__":
    sys.exit(main())
