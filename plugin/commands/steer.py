"""Commands that move things: tick, jobs, flow, replay."""

import argparse
import sys

from plugin.commands.failure import CommandError
from plugin.commands.shared import (
    Commands,
    add,
    house,
    instant,
    known_shop,
    now,
    print_json,
    print_table,
    stores,
)
from plugin.core.flows import FLOW_BY_ID, FLOWS
from plugin.jobs import JOB_BY_NAME, JOBS
from plugin.pipeline.steer import turn_flow
from plugin.store import flows, job_runs
from plugin.worker import run_job, tick


def add_commands(commands: Commands) -> None:
    ticking = add(
        commands,
        "tick",
        _tick,
        what="do everything that is due, until nothing is",
        example="regulars tick --at 2026-11-22T09:00:00Z",
    )
    ticking.add_argument("--at", type=instant, help="as of this instant instead of now")
    jobs = commands.add_parser("jobs", help="the scheduled jobs").add_subparsers(
        metavar="COMMAND", required=True
    )
    listing = add(
        jobs,
        "list",
        _list_jobs,
        what="every job, its cadence and its newest run",
        example="regulars jobs list",
    )
    listing.add_argument("--json", action="store_true")
    running = add(jobs, "run", _run_job, what="run one job now", example="regulars jobs run abandoned_cart")
    running.add_argument("name", choices=sorted(JOB_BY_NAME), metavar="NAME")
    running.add_argument("--at", type=instant, help="as of this instant instead of now")
    flow = commands.add_parser("flow", help="the flows").add_subparsers(metavar="COMMAND", required=True)
    shown = add(
        flow,
        "list",
        _list_flows,
        what="every flow, and whether it is on",
        example="regulars flow list --shop store.myshopify.com",
    )
    shown.add_argument("--shop", metavar="DOMAIN")
    shown.add_argument("--json", action="store_true")
    for word in ("on", "off"):
        switch = add(
            flow,
            word,
            _turn_flow,
            what=f"turn a flow {word} for one shop",
            example=f"regulars flow {word} abandoned_checkout --shop store.myshopify.com",
            is_on=word == "on",
        )
        switch.add_argument("flow", choices=sorted(FLOW_BY_ID), metavar="FLOW")
        switch.add_argument("--shop", required=True, metavar="DOMAIN")
    replay = add(
        commands,
        "replay",
        _replay,
        what="understand stored webhooks again",
        example="regulars replay --failed --shop store.myshopify.com",
    )
    replay.add_argument("--shop", metavar="DOMAIN")
    replay.add_argument("--failed", action="store_true", help="only those that failed")
    replay.add_argument("--since", type=instant, help="only those received since")


def _tick(options: argparse.Namespace) -> None:
    with house() as built:
        work = tick(built.tools, options.at or now(), progress=_progress if sys.stderr.isatty() else None)
    sys.stdout.write(f"{work} done\n")


def _progress(done: int) -> None:
    sys.stderr.write(f"\r{done} done so far ")
    sys.stderr.flush()


def _list_jobs(options: argparse.Namespace) -> None:
    with stores() as opened:
        runs = job_runs.newest(opened.database)
    if options.json:
        print_json(
            [
                {
                    "name": job.name,
                    "every_seconds": job.every.total_seconds(),
                    "started_at": runs[job.name].started_at if job.name in runs else None,
                    "outcome": runs[job.name].outcome if job.name in runs else None,
                }
                for job in JOBS
            ]
        )
        return
    rows = [
        [
            job.name,
            f"{job.every.total_seconds():g} s",
            runs[job.name].started_at.isoformat(timespec="seconds") if job.name in runs else "never",
            runs[job.name].outcome if job.name in runs else "",
        ]
        for job in JOBS
    ]
    print_table(["job", "every", "newest run", "outcome"], rows)


def _run_job(options: argparse.Namespace) -> None:
    at = options.at or now()
    with house() as built:
        newest = job_runs.newest(built.database).get(options.name)
        if options.at is not None and newest is not None and at < newest.started_at:
            raise CommandError(
                f"{options.name} has already run as of {newest.started_at.isoformat()}; "
                "give an instant that is not before it"
            )
        work = run_job(built.tools, JOB_BY_NAME[options.name], at)
    sys.stdout.write(f"{options.name}: {work or 0} done\n")


def _list_flows(options: argparse.Namespace) -> None:
    if options.shop is None:
        found = [{"flow": flow.id, "version": flow.version, "steps": len(flow.steps)} for flow in FLOWS]
    else:
        with stores() as opened:
            shop_id = known_shop(opened.database, options.shop)
            with opened.database.reading(shop_id) as unit:
                switches = flows.switches(unit)
        found = [
            {
                "flow": flow.id,
                "version": flow.version,
                "steps": len(flow.steps),
                "on": flow.id in switches and switches[flow.id].is_on,
                "since": switches[flow.id].at.isoformat() if flow.id in switches else None,
            }
            for flow in FLOWS
        ]
    if options.json:
        print_json(found)
        return
    header = list(found[0])
    print_table(header, [[_cell(row[name]) for name in header] for row in found])


def _turn_flow(options: argparse.Namespace) -> None:
    word = "on" if options.is_on else "off"
    with stores() as opened:
        shop_id = known_shop(opened.database, options.shop)
        with opened.database.unit(shop_id) as unit:
            has_changed = turn_flow(unit, options.flow, is_on=options.is_on, now=now(), author="operator")
    sys.stdout.write(f"{options.flow} is {word}{'' if has_changed else ' already'}\n")


def _replay(options: argparse.Namespace) -> None:
    with stores() as opened:
        shop_id = known_shop(opened.database, options.shop) if options.shop else None
        count = opened.inbox.reopen(shop_id, only_failed=options.failed, since=options.since)
    sys.stdout.write(f"{count} deliveries will be understood again by the worker, or by `regulars tick`\n")


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return "" if value is None else str(value)
