"""What hotlap-load promises of its speed and truth, measured in turn (A B C A B C) beside wrk, wrk2, the bare loop.

Every section prints its rounds, medians with their extremes, and judges the median of the ratios of each round. A run
beside busy programs (over 0.05 processors) is named and fails the whole. Sections:
  wrk     depth 1: at least 1.25 x wrk, 0.97 x the bare loop, and at most 0.3 x wrk's user CPU time per request;
          depth 24: at least 1.8 x wrk and 0.92 x the bare loop
  large   bodies of 64 KiB and 1 MiB: at least what wrk does
  tls     https from nginx with one worker, bodies of 4 bytes and 64 KiB: at least what wrk does
  rate    at 20k/s and at half of capacity over 100 connections, and there over 400 too, in windows of a second: offered
          and sent within 0.1 %, send lag p50 at most 10 us and p99 at most 100 us in those without steal on either
          processor; at 20k/s CPU per request at most 0.8 x wrk2's (its path in WRK2; without one, 0.8 x 9.0 us,
          measured on another machine)
  many    10,000 connections on one thread: all established and served, at most 64 MiB, at least 1.3 x wrk
  live    the live view takes less than 1 % of throughput
  counts  requests counted by the generator are those that the target counted
"""

import os
import re
import subprocess
import sys

from limits import Limits, ratios, spread
from nginx import Nginx
from programs import BIN, Generators, bulk_server, our_target, timed_sleep_us, wake_up_us
from sections import run_sections

QUIET = 0.05  # processors that other programs may keep busy in a run
WRK2_CPU_US = 9.0  # per request at 20k/s, on a quiet machine that is not this one


class Bench:
    def __init__(self, rounds, seconds, load_flags):
        self.rounds = rounds
        self.run = Generators(seconds, load_flags)
        self.limits = Limits()

    def in_turn(self, contestants, rounds=None):
        """{name: a run} for each contestant and round, in turn; prints every round. A run with a problem is a failure."""
        runs = {name: [] for name in contestants}
        for number in range(1, (rounds or self.rounds) + 1):
            for name, start in contestants.items():
                runs[name].append(start())
            last = {name: of[-1] for name, of in runs.items()}
            figures = [f"{name} {run.throughput_per_s:,.0f}/s" for name, run in last.items()]
            print(f"  round {number}: " + "; ".join(figures))
            for name, run in last.items():
                if run.problem:
                    self.limits.demand(f"{name} in round {number}: {run.problem}", False)
                if run.around.others > QUIET:
                    busy = f"other programs kept {run.around.others:.2f} processors busy"
                    self.limits.demand(f"a quiet machine; {name} in round {number}: {busy}", False)
        for name, of in runs.items():
            print(f"  {name}: {spread([run.throughput_per_s for run in of], '/s')}; CPU per request"
                  f" {spread([run.user_us for run in of], ' us')} user,"
                  f" {spread([run.system_us for run in of], ' us')} system")
        return runs

    def faster(self, runs, other, least):
        of_each_round = ratios(runs["hotlap-load"], runs[other], lambda run: run.throughput_per_s)
        self.limits.judge(f"throughput, hotlap-load / {other}", of_each_round, least=least)


def measure_wrk(bench):
    for depth, over_wrk, of_bare in ((1, 1.25, 0.97), (24, 1.8, 0.92)):
        bench.limits.about(f"wrk: 83-byte responses, 100 connections, depth {depth}")
        with our_target() as target:
            runs = bench.in_turn({"hotlap-load": lambda: bench.run.hotlap(target, "/ugly", depth=depth),
                                  "wrk": lambda: bench.run.wrk(target, "/ugly", depth=depth),
                                  "bare loop": lambda: bench.run.bare(target, "/ugly", depth=depth)})
        bench.faster(runs, "wrk", over_wrk)
        bench.faster(runs, "bare loop", of_bare)
        if depth == 1:
            user = ratios(runs["hotlap-load"], runs["wrk"], lambda run: run.user_us)
            bench.limits.judge("user CPU per request, hotlap-load / wrk", user, most=0.3)


def measure_large(bench):
    for page in ("/64k", "/1m"):
        bench.limits.about(f"large: bodies of {page[1:]}, 100 connections")
        with bulk_server() as target:
            runs = bench.in_turn({"hotlap-load": lambda: bench.run.hotlap(target, page),
                                  "wrk": lambda: bench.run.wrk(target, page),
                                  "bare loop": lambda: bench.run.bare(target, page)})
        bench.faster(runs, "wrk", 1.0)


def measure_tls(bench):
    with Nginx(tls=True) as target:
        for page, what in (("/", "4 bytes"), ("/64k", "64 KiB")):
            bench.limits.about(f"tls: {what} over https, 100 connections")
            runs = bench.in_turn({"hotlap-load": lambda: bench.run.hotlap(target, page),
                                  "wrk": lambda: bench.run.wrk(target, page)})
            bench.faster(runs, "wrk", 1.0)


def measure_rate(bench):
    with our_target() as target:
        capacity = bench.run.hotlap(target, "/ugly").throughput_per_s
        half = round(capacity / 2)
        for rate, connections in ((20_000, 100), (half, 100), (half, 400)):
            bench.limits.about(f"rate: {rate:,}/s over {connections} connections, windows of 1 s")
            offered = {"connections": connections, "rate": rate, "seconds": 1, "flags": ["--warm-up", "200ms"]}
            runs = bench.in_turn({"hotlap-load": lambda: bench.run.hotlap(target, "/ugly", **offered)},
                                 bench.rounds * bench.run.seconds)
            judge_pacing(bench.limits, rate, runs["hotlap-load"])
        judge_cost_of_pacing(bench, target)


def judge_pacing(limits, rate, runs):
    documents = [run.document for run in runs]
    off = [abs(d["requests"]["sent"] / (rate * d["window_ns"] / 1e9) - 1) * 100 for d in documents]
    limits.judge("sent differs from offered by", off, most=0.1, unit=" %")
    held_up = [d["held_up"]["count"] / d["send_lag"]["count"] * 100 for d in documents]
    print(f"  held up, as no connection had room: {spread(held_up, ' %')}; send lag p99 of the others:"
          f" {spread([d['punctual']['p99_ns'] / 1e3 for d in documents], ' us')}")
    quiet = [run.document["send_lag"] for run in runs if run.around.steal_s == 0]
    print(f"  {len(quiet)} of {len(runs)} windows without steal, on either side")
    if not quiet:  # inconclusive never passes
        limits.demand("send lag: a window without steal to judge it by", False)
        return
    limits.judge("send lag p50", [lag["p50_ns"] / 1e3 for lag in quiet], most=10, unit=" us")
    limits.judge("send lag p99", [lag["p99_ns"] / 1e3 for lag in quiet], most=100, unit=" us")


def judge_cost_of_pacing(bench, target):
    rate = 20_000
    wrk2 = os.environ.get("WRK2")
    bench.limits.about(f"rate: {rate:,}/s over 100 connections, its cost")
    contestants = {"hotlap-load": lambda: bench.run.hotlap(target, "/ugly", rate=rate)}
    if wrk2:
        contestants["wrk2"] = lambda: bench.run.wrk2(wrk2, target, "/ugly", rate)
    taken_us, late_us = timed_sleep_us()
    print(f"  here a timed sleep takes {taken_us:.3g} us of processor time and ends {late_us:.3g} us late (median), and waking"
          f" who sleeps on the target's processor takes {wake_up_us():.3g} us")
    runs = bench.in_turn(contestants)
    if wrk2:
        cpu = ratios(runs["hotlap-load"], runs["wrk2"], lambda run: run.cpu_us)
        bench.limits.judge("CPU per request, hotlap-load / wrk2", cpu, most=0.8)
    else:
        cpu = [run.cpu_us for run in runs["hotlap-load"]]
        print(f"  WRK2 names no wrk2: its {WRK2_CPU_US} us per request are those of another machine")
        bench.limits.judge("CPU per request", cpu, most=round(0.8 * WRK2_CPU_US, 2), unit=" us")


def measure_many(bench):
    connections = 10_000
    seconds = 3 * bench.run.seconds  # wrk connects within its time
    bench.limits.about(f"many: {connections:,} connections on one thread, {seconds} s")
    with our_target() as target:
        of_all = {"connections": connections, "seconds": seconds}
        runs = bench.in_turn({"hotlap-load": lambda: bench.run.hotlap(target, "/ugly", **of_all),
                              "wrk": lambda: bench.run.wrk(target, "/ugly", **of_all),
                              "bare loop": lambda: bench.run.bare(target, "/ugly", **of_all)})
    bench.faster(runs, "wrk", 1.3)
    for what in ("established", "served"):
        fewest = min(run.document["connections"][what] for run in runs["hotlap-load"])
        bench.limits.demand(f"{fewest:,} of {connections:,} connections {what} in every round", fewest == connections)
    print(f"  resident memory of wrk: {spread([run.rss_mib for run in runs['wrk']], ' MiB')}")
    bench.limits.judge("resident memory", [run.rss_mib for run in runs["hotlap-load"]], most=64, unit=" MiB")


def measure_live(bench):
    usage = subprocess.run([f"{BIN}/hotlap-load", "--help"], capture_output=True, text=True, check=True).stdout
    if "--live" not in usage:
        print("live: skipped, hotlap-load has no --live")
        return
    bench.limits.about("live: with and without the live view on a terminal, three times the rounds")
    with our_target() as target:
        runs = bench.in_turn({"hotlap-load": lambda: bench.run.hotlap(target, "/ugly", flags=["--live"], terminal=True),
                              "without": lambda: bench.run.hotlap(target, "/ugly", terminal=True)}, 3 * bench.rounds)
    bench.faster(runs, "without", 0.99)


def measure_counts(bench):
    bench.limits.about("counts: depth 1, depth 24 and a constant rate, with a warm-up")
    counted = 0
    with our_target() as target:
        for wanted in ({"depth": 1}, {"depth": 24}, {"rate": 20_000}):
            run = bench.run.hotlap(target, "/ugly", seconds=1, flags=["--warm-up", "200ms"], **wanted)
            total = run.document["total"]
            print(f"  {wanted}: {total}")
            counted += total["sent"]
            bench.limits.demand("everything that was sent was answered", total["sent"] == total["good"])
    served = int(re.search(r"served requests=(\d+)", target.said)[1])
    bench.limits.demand(f"counted by load {counted:,}, by the target {served:,}", counted == served)


SECTIONS = {
    "wrk": measure_wrk,
    "large": measure_large,
    "tls": measure_tls,
    "rate": measure_rate,
    "many": measure_many,
    "live": measure_live,
    "counts": measure_counts,
}


sys.exit(run_sections(
    "tools/measure-load", __doc__, SECTIONS, lambda given: Bench(given.rounds, given.seconds, given.load_flags), 3,
    lambda words: words.add_argument("--load-flags", default="", metavar="FLAGS", help="for every run of hotlap-load")))
