"""What the harness costs: around a trial, beside the load, and before the first trial.

A trial's overhead is its time from start to finish, as the events tell it, less warm-up and window. Sections:
  around    engine epoll without a store, with hotlap-tuplestore, and with 24 in flight: at most 0.5 s a trial
  beside    processor time of hotlap in a window of ten seconds, as it keeps it itself: at most 0.5 % of one processor
  planning  10,000 cases: at most 1 s
"""

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time

from limits import Limits
from programs import BIN
from sections import run_sections

SCENARIO = """
name: measured
trials: {trials}
target: {{engine: epoll, store: {store}}}
load: {{path: "{path}", connections: 16, pipeline: {depth}, warm_up: {warm_up}ms, duration: {window}ms}}
"""
WARM_UP_MS, WINDOW_MS = 50, 200


class Bench:
    def __init__(self, given):
        self.limits = Limits()
        self.given = given
        self.folder = tempfile.TemporaryDirectory()

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def run(self, scenario, more=()):
        with open(self.path("s.yaml"), "w") as out:
            out.write(scenario)
        command = [os.path.abspath(f"{BIN}/hotlap"), "run", "s.yaml", "--events", "-", "--quiet", *more]
        done = subprocess.run(command, cwd=self.folder.name, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"hotlap ended with {done.returncode}: {done.stderr.strip()}")
        return [json.loads(line) for line in done.stdout.splitlines()]


def phases_of(events, trial):
    """Seconds that each phase of a trial took."""
    told = [(e["phase"], e["at_us"]) for e in events if e["event"] == "trial_phase" and e["trial"] == trial]
    end = next(e["at_us"] for e in events if e["event"] == "trial_finished" and e["trial"] == trial)
    ends = [at for _, at in told[1:]] + [end]
    return {phase: (until - at) / 1e6 for (phase, at), until in zip(told, ends)}


def around(bench):
    for title, store, path, depth in (("epoll", "none", "/ugly", 1), ("epoll and tuplestore", "tuplestore", "/good", 1),
                                      ("epoll, 24 in flight", "none", "/ugly", 24)):
        bench.limits.about(f"around a trial of {title}")
        scenario = SCENARIO.format(trials=bench.given.rounds * 4, store=store, path=path, depth=depth,
                                   warm_up=WARM_UP_MS, window=WINDOW_MS)
        events = bench.run(scenario)
        trials = [e["trial"] for e in events if e["event"] == "trial_started"]
        begun = {e["trial"]: e["at_us"] for e in events if e["event"] == "trial_started"}
        # To the next trial's start: writing to the store is part of it.
        until = {t: begun.get(t + 1, next(e["at_us"] for e in events if e["event"] == "session_finished")) for t in trials}
        overhead = [(until[t] - begun[t]) / 1e6 - (WARM_UP_MS + WINDOW_MS) / 1e3 for t in trials]
        for phase in ("starting", "verifying", "loading", "measuring", "ending"):
            took = sorted(phases_of(events, t)[phase] for t in trials)
            print(f"    {phase:<10} {took[len(took) // 2] * 1e3:8.1f} ms, at most {took[-1] * 1e3:.1f} ms")
        bench.limits.judge(f"overhead of {len(trials)} trials", overhead, most=0.5, unit=" s")


def beside(bench):
    bench.limits.about(f"beside the load, in windows of {bench.given.seconds} s")
    for title, depth in (("1 in flight", 1), ("24 in flight", 24)):
        bench.run(SCENARIO.format(trials=bench.given.rounds, store="none", path="/ugly", depth=depth, warm_up=WARM_UP_MS,
                                  window=bench.given.seconds * 1000), ["--db", f"beside-{depth}.db"])
        with sqlite3.connect(bench.path(f"beside-{depth}.db")) as database:
            rows = database.execute("SELECT 100.0 * t.harness_cpu_ns / m.window_ns FROM trial t "
                                    "JOIN measurement m ON m.trial_id = t.id ORDER BY t.position").fetchall()
        bench.limits.judge(f"{title}: hotlap's share of a processor", [row[0] for row in rows], most=0.5, unit=" %")


def planning(bench):
    bench.limits.about("planning 10,000 cases")
    axes = {"a": 10, "b": 10, "c": 10, "d": 10}
    lines = ["name: many", "trials: 1", 'target: {engine: epoll}', 'load: {path: "/ugly?{a}{b}{c}{d}", duration: 1s}',
             "matrix:"] + [f"  {name}: [{', '.join(map(str, range(count)))}]" for name, count in axes.items()]
    with open(bench.path("many.yaml"), "w") as out:
        out.write("\n".join(lines) + "\n")
    took = []
    for _ in range(bench.given.rounds):
        begun = time.monotonic()
        done = subprocess.run([os.path.abspath(f"{BIN}/hotlap"), "plan", "many.yaml", "--most-cases", "10000"], cwd=bench.folder.name,
                              capture_output=True, text=True, check=False)
        took.append(time.monotonic() - begun)
        if done.returncode != 0:
            return bench.limits.demand(f"hotlap plan: {done.stderr.strip()}", False)
    return bench.limits.judge("hotlap plan, from start to end", took, most=1, unit=" s")


if __name__ == "__main__":
    sys.exit(run_sections("tools/measure-harness", __doc__, {"around": around, "beside": beside, "planning": planning},
                          Bench, seconds=10))
