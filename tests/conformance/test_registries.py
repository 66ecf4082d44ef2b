"""Registries that are not flows, jobs or topics: channels, segments and their fields, admin pages."""

from dataclasses import fields
from importlib import import_module
from pathlib import Path

from fastapi import APIRouter

from admin_ui import names, segment_words
from admin_ui.pages import PAGES
from plugin.channels import CHANNELS
from plugin.core.flows import FLOWS
from plugin.core.lifecycle.stages import Stage
from plugin.core.loyalty.rewards import cheapest_reward
from plugin.core.segments.conditions import Tree, conditions_of
from plugin.core.segments.defaults import POINTS_READY, SEGMENT_BY_ID, SEGMENTS
from plugin.core.segments.facts import CustomerFacts
from plugin.core.segments.fields import FIELDS
from plugin.store.tables.facts import CustomerFactsRow
from plugin.store.upserts import table_of
from tests.channels import test_channel_contract
from tests.conformance.sources import ROOT, modules


def test_every_channel_is_under_its_own_id_and_in_the_contract_suite() -> None:
    assert {name: channel.id for name, channel in CHANNELS.items()} == {name: name for name in CHANNELS}
    suite = Path(str(test_channel_contract.__file__)).read_text("utf-8")
    assert [channel.__name__ for channel in CHANNELS.values() if channel.__name__ not in suite] == []


def test_every_step_names_a_channel_that_exists() -> None:
    assert {step.channel for flow in FLOWS for step in flow.steps} <= CHANNELS.keys()


def test_every_segment_field_is_a_fact_and_a_column() -> None:
    facts = {field.name for field in fields(CustomerFacts)}
    columns = set(table_of(CustomerFactsRow).columns.keys())
    assert [name for name, field in FIELDS.items() if not {field.column} <= facts & columns] == []


def test_the_admin_has_words_for_every_field_and_stage() -> None:
    assert FIELDS.keys() == segment_words.FIELDS.keys()
    assert {stage.value for stage in Stage} == names.STAGES.keys()


def test_every_segment_is_told_apart_and_has_its_words() -> None:
    assert len(SEGMENT_BY_ID) == len(SEGMENTS)
    assert list(names.SEGMENTS) == list(names.SEGMENT_TEXTS) == [segment.id for segment in SEGMENTS]
    assert {field for segment in SEGMENTS for field in asked(segment.tree)} <= FIELDS.keys()


def test_the_segment_of_reward_points_asks_for_what_the_cheapest_reward_costs() -> None:
    assert cheapest_reward("EUR").points == POINTS_READY


def test_every_page_module_is_registered() -> None:
    stems = [Path(path).stem for path, _ in modules("admin_ui/pages")]
    routers = [import_module(f"admin_ui.pages.{stem}").router for stem in stems if stem != "__init__"]
    assert all(isinstance(router, APIRouter) for router in routers)
    assert {id(router) for router in routers} == {id(router) for router in PAGES}


def test_every_operation_is_used() -> None:
    code = "".join((ROOT / path).read_text("utf-8") for path, _ in modules("plugin"))
    operations = [path.stem for path in (ROOT / "plugin/shopify/operations").glob("*.graphql")]
    assert [name for name in operations if f'"{name}"' not in code] == []


def asked(tree: Tree) -> list[str]:
    return [condition.field for condition in conditions_of(tree)]
