"""Every message in every language, as it is written today. A change shows up as a difference to read.

After a change that is meant: `pytest tests/rendering --update-messages`, then read the difference.
"""

from pathlib import Path

import pytest

from plugin.rendering.context import Reason
from plugin.rendering.render import Renderer
from tests.rendering.builders import a_context

SNAPSHOTS = Path(__file__).parent / "snapshots"
RENDERER = Renderer()
REASONS = {
    "abandoned_checkout": Reason.STARTED_CHECKOUT,
    "loyalty_reward": Reason.COLLECTS_POINTS,
    "win_back": Reason.PAST_CUSTOMER,
}
MESSAGES = [(flow, step, tag) for flow, step in RENDERER.steps() for tag in ("en", "ar-EG", "fa", "vi")]


def test_every_step_of_the_three_flows_has_templates() -> None:
    assert RENDERER.steps() == [
        ("abandoned_checkout", "reminder_1"),
        ("abandoned_checkout", "reminder_2"),
        ("abandoned_checkout", "reminder_3"),
        ("loyalty_reward", "reward"),
        ("win_back", "still_here"),
        ("win_back", "we_miss_you"),
    ]


@pytest.mark.parametrize(("flow", "step", "tag"), MESSAGES)
def test_a_message_reads_as_it_was_reviewed(
    flow: str, step: str, tag: str, pytestconfig: pytest.Config
) -> None:
    message = RENDERER.render(flow, step, a_context(reason=REASONS[flow]), tag)
    words = SNAPSHOTS / f"{flow}.{step}.{tag}.txt"
    page = words.with_suffix(".html")
    written = {words: f"{message.subject}\n\n{message.text}", page: message.html.replace("><", ">\n<") + "\n"}

    if pytestconfig.getoption("update_messages", default=False):
        SNAPSHOTS.mkdir(exist_ok=True)
        for path, content in written.items():
            path.write_text(content, encoding="utf-8", newline="\n")

    for path, content in written.items():
        assert content == path.read_text(encoding="utf-8")


def test_no_snapshot_is_left_of_a_message_that_is_gone() -> None:
    expected = {f"{flow}.{step}.{tag}.{kind}" for flow, step, tag in MESSAGES for kind in ("txt", "html")}

    assert {path.name for path in SNAPSHOTS.iterdir()} == expected
