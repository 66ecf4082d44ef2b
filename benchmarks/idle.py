"""A process as `regulars serve` has it, with nothing to do: prints how many megabytes it keeps resident.

.venv/bin/python -m benchmarks.idle DATABASE_URL
"""

import re
import sys
import time
from pathlib import Path

from benchmarks.a_shop import a_house
from plugin.app import create_app
from plugin.shopify.fake import FakeAdmin
from plugin.worker import Worker

_SECONDS = 5


def main() -> int:
    """Start everything but the port, wait, and look."""
    with a_house(sys.argv[1], FakeAdmin({})) as house:
        app = create_app(house)
        worker = Worker(house.tools, house.clock)
        worker.start()
        time.sleep(_SECONDS)
        status = Path("/proc/self/status").read_text("ascii")
        worker.stop()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found is not None
        assert app is not None
        print(f"{int(found[1]) / 1024:.0f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
