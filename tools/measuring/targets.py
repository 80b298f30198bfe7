"""What hotlap-target promises of its speed, measured in turn (A B C A B C) beside a bare server and nginx.

The bare loop, which only counts bytes, drives them all, so that the generator is not the limit. Every section prints its
rounds, medians with their extremes, and judges the median of the ratios of each round. A run beside busy programs (over
0.05 processors) is named and fails the whole. Sections:
  bare    a server that only counts blank lines: pipelined at least 0.95 of it at depth 1 and 0.85 at depth 24, epoll at
          least 0.95 at depth 1; uring at least level (0.98) with epoll at depth 1 and with pipelined at depth 24
  nginx   one worker that returns a constant: pipelined at least 1.2 x at depth 1 and 15 x at depth 24
  idle    10,000 idle connections: at most 64 MiB resident in all, an active one loses less than 10 %
"""

import socket
import sys
from contextlib import ExitStack

from limits import Limits, ratios, spread
from nginx import Nginx
from programs import BIN, TARGET_CPU, Generators, Target
from sections import run_sections

QUIET = 0.05  # processors that other programs may keep busy in a run
IDLE = 10_000


def engine(name):
    return Target(f"{BIN}/hotlap-target", "--engine", name, "--port", "0", "--cpus", str(TARGET_CPU))


def bare_server():
    return Target(f"{BIN}/bare-server")


def resident_mib(pid):
    with open(f"/proc/{pid}/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


class Bench:
    def __init__(self, rounds, seconds):
        self.rounds = rounds
        self.run = Generators(seconds)
        self.limits = Limits()

    def in_turn(self, targets, depth=1, connections=100):
        """{name: a run of the bare loop} for each target and round, in turn."""
        runs = {name: [] for name in targets}
        for number in range(1, self.rounds + 1):
            for name, target in targets.items():
                run = self.run.bare(target, "/ugly", connections=connections, depth=depth)
                runs[name].append(run)
                if run.around.others > QUIET:
                    busy = f"other programs kept {run.around.others:.2f} processors busy"
                    self.limits.demand(f"a quiet machine; {name} in round {number}: {busy}", False)
            figures = [f"{name} {of[-1].throughput_per_s:,.0f}/s" for name, of in runs.items()]
            print(f"  round {number}: " + "; ".join(figures))
        for name, of in runs.items():
            print(f"  {name}: {spread([run.throughput_per_s for run in of], '/s')}")
        return runs

    def judge(self, runs, one, other, least):
        of_each_round = ratios(runs[one], runs[other], lambda run: run.throughput_per_s)
        self.limits.judge(f"throughput, {one} / {other}", of_each_round, least=least)


def measure_bare(bench):
    with ExitStack() as running:
        targets = {name: running.enter_context(engine(name)) for name in ("pipelined", "epoll", "uring")}
        targets["bare server"] = running.enter_context(bare_server())
        bench.limits.about("bare: 83-byte responses, 100 connections, depth 1")
        runs = bench.in_turn(targets)
        bench.judge(runs, "pipelined", "bare server", 0.95)
        bench.judge(runs, "epoll", "bare server", 0.95)
        bench.judge(runs, "uring", "epoll", 0.98)
        bench.limits.about("bare: 83-byte responses, 100 connections, depth 24")
        runs = bench.in_turn({name: targets[name] for name in ("pipelined", "uring", "bare server")}, depth=24)
        bench.judge(runs, "pipelined", "bare server", 0.85)
        bench.judge(runs, "uring", "pipelined", 0.98)


def measure_nginx(bench):
    with engine("pipelined") as ours, Nginx() as nginx:
        for depth, least in ((1, 1.2), (24, 15)):
            bench.limits.about(f"nginx: 'return 200' with 4 bytes, one worker, 100 connections, depth {depth}")
            bench.judge(bench.in_turn({"pipelined": ours, "nginx": nginx}, depth), "pipelined", "nginx", least)


class IdleConnections:
    """Opened, asked once each, and left alone."""

    def __init__(self, target, count):
        host, port = target.address.split(":")
        self.sockets = []
        for _ in range(count):
            client = socket.create_connection((host, int(port)))
            self.sockets.append(client)
            client.sendall(b"GET /ugly HTTP/1.1\r\nHost: idle\r\n\r\n")
            if not client.recv(4096).endswith(b"UGLY"):
                raise SystemExit("an idle connection was not answered")

    def close(self):
        for client in self.sockets:
            client.close()


def measure_idle(bench):
    import resource

    wanted = IDLE + 1000
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(wanted, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
    for name in ("epoll", "pipelined", "uring"):
        bench.limits.about(f"idle: {name} with {IDLE:,} idle connections beside one active one")
        with engine(name) as alone, engine(name) as crowded:
            idle = IdleConnections(crowded, IDLE)
            runs = bench.in_turn({"crowded": crowded, "alone": alone}, connections=1)
            bench.judge(runs, "crowded", "alone", 0.9)
            bench.limits.judge("resident memory", [resident_mib(crowded.process.pid)], most=64, unit=" MiB")
            idle.close()


SECTIONS = {"bare": measure_bare, "nginx": measure_nginx, "idle": measure_idle}


sys.exit(run_sections("tools/measure-targets", __doc__, SECTIONS, lambda given: Bench(given.rounds, given.seconds), 2))
