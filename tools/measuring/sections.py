"""The command line that all measuring scripts share: sections to run, rounds, seconds; what was not met, and exit 1."""

import argparse
import sys

from loopback import leave_pacing


def run_sections(program, description, sections, make_bench, seconds, add_flags=lambda words: None):
    """`make_bench(given)` holds the limits; each section is a function of it. Answers the exit code."""
    words = argparse.ArgumentParser(prog=program, description=description,
                                    formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(sections) + "; all by default")
    words.add_argument("--rounds", type=int, default=5)
    words.add_argument("--seconds", type=int, default=seconds, help="of each run")
    add_flags(words)
    given = words.parse_args()
    if unknown := set(given.sections) - set(sections):
        words.error(f"no section {', '.join(sorted(unknown))}; there are {', '.join(sections)}")
    sys.stdout.reconfigure(line_buffering=True)
    leave_pacing()
    bench = make_bench(given)
    for section in given.sections or sections:
        sections[section](bench)
    for broken in bench.limits.broken:
        print(f"not met: {broken}", file=sys.stderr)
    return 1 if bench.limits.broken else 0
