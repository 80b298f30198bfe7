"""hotlap-load over io_uring beside epoll: small responses at several depths, connections and rates, and large bodies.

For each case: throughput and processor time of a request over each transport, and the ratios uring / epoll of each
round: their median and extremes. Exit 1 when a run had a problem or did not use the transport that it was told to.
"""

import argparse
import sys

from limits import ratios, spread
from loopback import leave_pacing
from programs import Generators, bulk_server, our_target

CASES = {  # name: (target, page, what else the run is told)
    "83 bytes, c100, depth 1": (our_target, "/ugly", {}),
    "83 bytes, c100, depth 24": (our_target, "/ugly", {"depth": 24}),
    "83 bytes, c2000, depth 1": (our_target, "/ugly", {"connections": 2000}),
    "83 bytes, c100, 20k/s": (our_target, "/ugly", {"rate": 20_000}),
    "64 KiB, c100, depth 1": (bulk_server, "/64k", {}),
    "1 MiB, c100, depth 1": (bulk_server, "/1m", {}),
}


def measured(run, transport, target, page, words):
    result = run.hotlap(target, page, flags=["--transport", transport], **words)
    used = result.document["transport"]
    return result, result.problem if used == transport else f"used {used} instead of {transport}"


def main():
    words = argparse.ArgumentParser(prog="tools/measure-transports", description=__doc__,
                                    formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--rounds", type=int, default=5)
    words.add_argument("--seconds", type=int, default=2, help="of each run")
    given = words.parse_args()
    sys.stdout.reconfigure(line_buffering=True)
    leave_pacing()
    generators = Generators(given.seconds)
    problems = 0
    for name, (start_target, page, how) in CASES.items():
        print(name)
        runs = {"epoll": [], "uring": []}
        with start_target() as target:
            for number in range(given.rounds):
                for transport in ("epoll", "uring") if number % 2 == 0 else ("uring", "epoll"):
                    run, problem = measured(generators, transport, target, page, how)
                    runs[transport].append(run)
                    if problem:
                        problems += 1
                        print(f"  round {number + 1}, {transport}: {problem}")
        for transport, of in runs.items():
            print(f"  {transport}: {spread([run.throughput_per_s for run in of], '/s')}; CPU per request"
                  f" {spread([run.user_us for run in of], ' us')} user,"
                  f" {spread([run.system_us for run in of], ' us')} system; others"
                  f" {spread([run.around.others for run in of])}")
        figures = {"throughput": lambda run: run.throughput_per_s, "CPU per request": lambda run: run.cpu_us,
                   "user CPU per request": lambda run: run.user_us}
        for what, value in figures.items():
            print(f"  uring / epoll, {what}: {spread(ratios(runs['uring'], runs['epoll'], value))}")
    return 1 if problems else 0


sys.exit(main())
