"""What the links to a tuple store and hotlap-tuplestore promise of their speed, measured in turn (A B A B).

Databases run on the first processor, the driver (store-drive, or hotlap-load) on the last. Every section prints its
rounds, medians with their extremes, and judges the median of the ratios of each round. A run beside busy programs (over
0.05 processors) is named and fails the whole. Sections:
  links   nine rows by rating over one shared link, at 1, 16, 128 and 512 in flight, from the real Tarantool and from
          hotlap-tuplestore: on Tarantool one shared link at its best is at least 5 x what 1 in flight does, and
          hotlap-tuplestore is at least as fast as Tarantool at each number; pools of 8 and 32 and a link per request
          are shown beside it
  kinds   the other operations (by key, update, upsert, an expression) over one shared link at 128 in flight:
          hotlap-tuplestore at least as fast as Tarantool
  good    GET /good over HTTP, 100 connections: one shared link at least 4 x a link per request, with
          hotlap-tuplestore and with Tarantool; PostgreSQL's factor is shown (at least 1); here target and database share
          the first processor
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack

from limits import Limits, ratios, spread
from programs import BIN, TARGET_CPU, Generators, Target, costed, finish, pinned
from sections import run_sections

QUIET = 0.05  # processors that other programs may keep busy in a run
IN_FLIGHT = (1, 16, 128, 512)


def tuplestore():
    return Target(f"{BIN}/hotlap-tuplestore", "--port", "0")


class Tarantool(Target):
    """The real one with the scenario's data, in a folder of its own, on a port that was free a moment ago."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"127.0.0.1:{port}"
        self.said = ""
        surroundings = {**os.environ, "HOTLAP_PORT": str(port), "HOTLAP_WORK_DIR": self.folder.name}
        command = pinned(TARGET_CPU, ["tarantool", os.path.abspath("scenarios/services/tarantool/init.lua")])
        self.log = open(f"{self.folder.name}/log", "w")
        self.process = subprocess.Popen(command, env=surroundings, stdout=subprocess.PIPE, stderr=self.log, text=True,
                                        cwd=self.folder.name)
        for _ in range(1000):
            probe = [f"{BIN}/hotlap-tuplestore", "--probe", self.address]
            if subprocess.run(probe, capture_output=True, check=False).returncode == 0:
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.01)
        self.process.kill()
        with open(f"{self.folder.name}/log") as log:
            raise SystemExit(f"tarantool did not become ready: {log.read().strip()}")

    def __exit__(self, *_):
        super().__exit__()
        self.log.close()
        self.folder.cleanup()


class Postgres(Target):
    """A cluster of its own, as scenarios start it; its processes are children of the script's child."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        os.chmod(self.folder.name, 0o755)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        super().__init__("env", f"HOTLAP_PORT={port}", f"HOTLAP_WORK_DIR={self.folder.name}/cluster",
                         f"HOTLAP_TARGET={os.path.abspath(BIN)}/hotlap-target", "bash", "-c",
                         'mkdir "$HOTLAP_WORK_DIR" && exec bash scenarios/services/postgres/start.sh')


class Page(Target):
    """hotlap-target in front of a database."""

    def __init__(self, database, links, store):
        super().__init__(f"{BIN}/hotlap-target", "--engine", "epoll", "--port", "0", "--store", store,
                         "--store-address", database.address, "--store-connections", links)


class Bench:
    def __init__(self, rounds, seconds):
        self.rounds = rounds
        self.run = Generators(seconds)
        self.limits = Limits()

    def drive(self, database, links, operation, in_flight):
        command = [f"{BIN}/store-drive", database.address, links, operation, str(in_flight), f"{self.run.seconds}s"]
        text, usage, around = finish(command)
        said = dict(word.split("=") for word in text.split() if "=" in word)
        return costed(float(said["throughput_per_s"]), int(said["operations"]), usage, "", around)

    def in_turn(self, contestants):
        """{name: a run} for each contestant and round, in turn; prints every round."""
        runs = {name: [] for name in contestants}
        for number in range(1, self.rounds + 1):
            for name, start in contestants.items():
                run = start()
                runs[name].append(run)
                if run.problem:
                    self.limits.demand(f"{name} in round {number}: {run.problem}", False)
                if run.around.others > QUIET:
                    busy = f"other programs kept {run.around.others:.2f} processors busy"
                    self.limits.demand(f"a quiet machine; {name} in round {number}: {busy}", False)
            figures = [f"{name} {of[-1].throughput_per_s:,.0f}/s" for name, of in runs.items()]
            print(f"  round {number}: " + "; ".join(figures))
        for name, of in runs.items():
            print(f"  {name}: {spread([run.throughput_per_s for run in of], '/s')}; CPU of the driver per operation"
                  f" {spread([run.cpu_us for run in of], ' us')}")
        return runs

    def faster(self, runs, one, other, least):
        of_each_round = ratios(runs[one], runs[other], lambda run: run.throughput_per_s)
        self.limits.judge(f"throughput, {one} / {other}", of_each_round, least=least)


def measure_links(bench):
    with Tarantool() as theirs, tuplestore() as ours:
        alone = {}
        for in_flight in IN_FLIGHT:
            bench.limits.about(f"links: nine rows by rating, one shared link, {in_flight} in flight")
            runs = bench.in_turn({"hotlap-tuplestore": lambda n=in_flight: bench.drive(ours, "one", "select", n),
                                  "tarantool": lambda n=in_flight: bench.drive(theirs, "one", "select", n)})
            bench.faster(runs, "hotlap-tuplestore", "tarantool", 1.0)
            alone[in_flight] = runs
        bench.limits.about("links: one shared link on Tarantool, at its best number in flight, beside 1 in flight")
        best = [max((alone[n]["tarantool"][number] for n in IN_FLIGHT), key=lambda run: run.throughput_per_s)
                for number in range(bench.rounds)]
        bench.limits.judge("throughput, one shared link / 1 in flight",
                           ratios(best, alone[1]["tarantool"], lambda run: run.throughput_per_s), least=5)
        for name, database in (("hotlap-tuplestore", ours), ("tarantool", theirs)):
            bench.limits.about(f"links: nine rows by rating from {name}, 128 in flight")
            bench.in_turn({links: lambda one=links: bench.drive(database, one, "select", 128)
                           for links in ("one", "pool:8", "pool:32", "per-request")})


def measure_kinds(bench):
    with Tarantool() as theirs, tuplestore() as ours:
        for operation in ("one", "update", "upsert", "uuid"):
            bench.limits.about(f"kinds: {operation}, one shared link, 128 in flight")
            runs = bench.in_turn({"hotlap-tuplestore": lambda: bench.drive(ours, "one", operation, 128),
                                  "tarantool": lambda: bench.drive(theirs, "one", operation, 128)})
            bench.faster(runs, "hotlap-tuplestore", "tarantool", 1.0)


def measure_good(bench):
    for name, database, least in (("tuplestore", tuplestore, 4), ("tarantool", Tarantool, 4), ("postgres", Postgres, 1)):
        bench.limits.about(f"good: GET /good, 100 connections, from {name}")
        with ExitStack() as running:
            behind = running.enter_context(database())
            pages = {links: running.enter_context(Page(behind, links, name)) for links in ("one", "per-request")}
            runs = bench.in_turn({links: lambda page=page: bench.run.hotlap(page, "/good")
                                  for links, page in pages.items()})
        bench.faster(runs, "one", "per-request", least)


SECTIONS = {"links": measure_links, "kinds": measure_kinds, "good": measure_good}


sys.exit(run_sections("tools/measure-store", __doc__, SECTIONS, lambda given: Bench(given.rounds, given.seconds), 3))
