"""100,000 orders with 300,000 lines pass through the join in far less memory than they take."""

import subprocess
import sys

_PROGRAM = """
from pathlib import Path
from plugin.shopify.bulk_join import join_children

def lines():
    for number in range(100_000):
        yield {"id": f"gid://shopify/Order/{number}", "name": f"#{number}", "note": "x" * 800}
    for number in range(300_000):
        parent = f"gid://shopify/Order/{number * 7919 % 100_000}"
        yield {"id": f"gid://shopify/LineItem/{number}", "title": "y" * 300, "__parentId": parent}

orders = children = 0
for joined in join_children(lines()):
    orders += 1
    children += len(joined.children["LineItem"])
# Of this program alone: ru_maxrss would count the parent it was forked from.
status = Path("/proc/self/status").read_text()
print(orders, children, status.split("VmHWM:")[1].split()[0])
"""


def test_a_hundred_thousand_orders_are_joined_in_bounded_memory() -> None:
    command = [sys.executable, "-c", _PROGRAM]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)  # noqa: S603
    orders, children, peak_kb = map(int, done.stdout.split())
    assert (orders, children) == (100_000, 300_000)
    assert peak_kb < 150 * 1024
