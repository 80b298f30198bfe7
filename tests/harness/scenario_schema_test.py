#!/usr/bin/env python3
"""scenario_schema_test.py HOTLAP SCENARIOS: every scenario satisfies the schema that `hotlap schema` prints, and known
mistakes do not. With a validator of somebody else, so that the schema means what editors take it to mean."""
import pathlib
import subprocess
import sys

try:
    import jsonschema
    import yaml
except ImportError as missing:
    print(f"skipped: {missing}; install python3-jsonschema and python3-yaml")
    sys.exit(77)


class TextLoader(yaml.SafeLoader):
    """As YAML 1.2 has it, which editors use: on and off are text."""


TextLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}

MISTAKES = {
    "a misspelt key": "name: a\ntrails: 3",
    "a misspelt key of target": "name: a\ntarget: {enigne: epoll}",
    "a misspelt key of load in a profile": "name: a\nprofiles: {p: {load: {pathe: /}}}",
    "a misspelt key of an override": "name: a\nmatrix: {a: 1, overrides: [{when: {a: 1}, lode: {}}]}",
    "an unknown engine": "name: a\ntarget: {engine: epol}",
    "a duration without its unit": "name: a\nload: {duration: 3}",
    "a rate without its unit": "name: a\nload: {rate: 2000}",
    "a size without its unit": "name: a\nload: {expect: {length: 4}}",
    "too many workers": "name: a\ntarget: {workers: 257}",
    "no name": "title: a",
    "a list for a path": "name: a\nload: {path: [/a]}",
    "an empty axis": "name: a\nmatrix: {a: []}",
    "an override for no case": "name: a\nmatrix: {a: 1, overrides: [{trials: 2}]}",
}
GOOD = {
    "placeholders": 'name: a\ntarget: {engine: "{e}", workers: "{w}"}\nload: {duration: "{d}", rate: "{r}/s"}\n'
                    "matrix: {e: [epoll], w: 2, d: [1s], r: [5]}",
    "vars, extends and overrides": 'name: a\nextends: [b.yaml]\nvars: {n: 5}\ntrials: "{n}"\n'
                                   "matrix: {a: 1, overrides: [{when: {a: [1, 2]}, load: {headers: {X-A: b}}}]}",
    "units of all kinds": "name: a\nload: {duration: 1.5s, rate: '1k/s..20k/s', connections: 10k, cpus: '0,2-3',\n"
                          "  expect: {status: 200-299, length: 4KiB}, catch_up: 'cap:2'}",
}


def main():
    program, folder = sys.argv[1:]
    schema = yaml.safe_load(subprocess.run([program, "schema"], check=True, capture_output=True, text=True).stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)

    def complaints(text):
        return [error.message[:200] for error in validator.iter_errors(yaml.load(text, TextLoader))]

    failures = 0
    files = sorted(pathlib.Path(folder).glob("*.yaml"))
    wanted = [(str(file), file.read_text(encoding="utf-8"), True) for file in files]
    wanted += [(name, text, True) for name, text in GOOD.items()]
    wanted += [(name, text, False) for name, text in MISTAKES.items()]
    for name, text, good in wanted:
        found = complaints(text)
        if good != (not found):
            failures += 1
            print(f"{name}: {'; '.join(found) if found else 'satisfies the schema, but should not'}")
    if len(files) < 4:
        failures += 1
        print(f"only {len(files)} scenarios in {folder}")
    print(f"{len(files)} scenarios, {len(GOOD)} good and {len(MISTAKES)} bad pieces, {failures} failures")
    sys.exit(1 if failures else 0)


main()
