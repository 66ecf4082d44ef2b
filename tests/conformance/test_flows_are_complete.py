"""A flow is one module and one registry line; this names what else it still lacks."""

from importlib import import_module
from pathlib import Path

import pytest

from admin_ui import names
from plugin.core.flows import FLOW_BY_ID, FLOWS
from plugin.core.flows.base import Flow, StepKind
from plugin.jobs import JOBS
from tests.conformance.sources import ROOT, modules

TEMPLATES = ROOT / "plugin" / "templates"
PARTS = {"email": {"subject.txt", "body.mjml", "body.txt"}}
MESSAGES = [
    pytest.param(flow, step, id=f"{flow.id}/{step.id}")
    for flow in FLOWS
    for step in flow.steps
    if step.kind is StepKind.MESSAGE
]


def flow_modules() -> dict[str, list[Flow]]:
    found = {}
    for path, _ in modules("plugin/core/flows"):
        stem = Path(path).stem
        if stem not in {"__init__", "base"}:
            held = vars(import_module(f"plugin.core.flows.{stem}")).values()
            found[stem] = [value for value in held if isinstance(value, Flow)]
    return found


def test_every_module_is_one_registered_flow_of_its_name() -> None:
    assert {name: [flow.id for flow in held] for name, held in flow_modules().items()} == {
        flow_id: [flow_id] for flow_id in FLOW_BY_ID
    }
    assert len(FLOW_BY_ID) == len(FLOWS)


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.id)
def test_steps_have_names_of_their_own_and_come_in_order(flow: Flow) -> None:
    assert len({step.id for step in flow.steps}) == len(flow.steps)
    assert [step.after for step in flow.steps] == sorted(step.after for step in flow.steps)


@pytest.mark.parametrize(("flow", "step"), MESSAGES)
def test_every_message_has_all_its_parts(flow: Flow, step: object) -> None:
    folder = TEMPLATES / getattr(step, "channel") / flow.id / getattr(step, "id")  # noqa: B009  # a parameter's type is object
    assert {part.name for part in folder.iterdir()} == PARTS[getattr(step, "channel")]  # noqa: B009


def test_no_template_is_left_over() -> None:
    wanted = {(step.channel, flow.id, step.id) for flow in FLOWS for step in flow.steps}
    found = {path.relative_to(TEMPLATES).parts[:3] for path in TEMPLATES.glob("*/*/*/subject.txt")}
    assert found - wanted == set()


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.id)
def test_the_admin_has_words_for_every_flow_and_step(flow: Flow) -> None:
    lacking = [
        table
        for table, words in (
            ("FLOWS", names.FLOWS),
            ("FLOW_TEXTS", names.FLOW_TEXTS),
            ("FLOW_TRIGGERS", names.FLOW_TRIGGERS),
        )
        if flow.id not in words
    ]
    assert lacking == []
    assert [step.id for step in flow.steps if step.id not in names.STEPS] == []


def test_every_flow_has_a_job_that_advances_it() -> None:
    constants = {
        flow.id: name
        for flow_id, held in flow_modules().items()
        for flow in held
        for name, value in vars(import_module(f"plugin.core.flows.{flow_id}")).items()
        if value is flow
    }
    used = {name for job in JOBS for name in vars(import_module(job.run.__module__))}
    assert [flow_id for flow_id, name in constants.items() if name not in used] == []
