"""Each hard case of Shopify has a test that exists, named in docs/reference/thirty-six.md."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| ([0-9]+|\+) \| .+? \| (.+) \|$", re.MULTILINE)
CASES = ROW.findall((ROOT / "docs/reference/thirty-six.md").read_text("utf-8"))


def test_every_case_is_there_once() -> None:
    assert [number for number, _ in CASES if number != "+"] == [str(number) for number in range(1, 37)]


def test_every_case_names_tests_that_exist() -> None:
    missing = []
    for _, named in CASES:
        for reference in re.findall(r"`([^`]+)`", named):
            path, _, test = reference.partition("::")
            source = ROOT / path
            if not source.is_file() or (test and f"def {test}(" not in source.read_text("utf-8")):
                missing.append(reference)
    assert missing == []
