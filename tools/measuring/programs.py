"""Starts targets and generators, each pinned to a processor of its own, and reads what they say.

Targets run on the first processor, generators on the last. CPU time and memory are the kernel's account of the finished
process (wait4), start-up and drain included: one yardstick for every generator, also for those that say nothing of it.
Every run also says what the machine did beside it: steal, and processor time of programs that are neither side.
"""

import ctypes
import json
import os
import pty
import re
import shlex
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from functools import partial
from statistics import median

BIN = "build/release/bin"
TARGET_CPU = 0
LOAD_CPU = os.cpu_count() - 1
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
PR_SET_TIMERSLACK = 29  # linux/prctl.h
INVALID_RUN = 20  # README, "Exit codes": measured, but the verdict is INVALID


@dataclass(frozen=True)
class Run:
    """One run of a generator. CPU times are per request of the whole run, in µs."""

    throughput_per_s: float
    requests: int
    user_us: float
    system_us: float
    rss_mib: float  # the most that was resident; cannot be seen below what this script itself holds
    problem: str  # why the figures are not to be believed; empty when they are
    around: "Around"
    document: dict = field(default_factory=dict)  # hotlap-load's Measurement

    @property
    def cpu_us(self):
        return self.user_us + self.system_us


@dataclass(frozen=True)
class Around:
    """What the machine did during a run beside generator and target."""

    steal_s: float  # taken by the host from the processors of both sides
    others: float  # processors kept busy by other programs: 0.05 is a twentieth of one


class Target:
    """A server on the first processor, from its ready line until the end of the block; then `said` holds its last line."""

    scheme = "http"
    certificate = None  # of https: the file to trust

    def __init__(self, *command):
        self.process = subprocess.Popen(pinned(TARGET_CPU, command), stdout=subprocess.PIPE, text=True)
        ready = self.process.stdout.readline()
        found = re.search(r"ready port=(\d+)", ready)
        if not found:
            self.process.kill()
            raise SystemExit(f"{command[0]} did not start: {ready.strip() or 'it said nothing'}")
        self.address = f"127.0.0.1:{found[1]}"
        self.said = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.said = self.process.communicate(timeout=30)[0].strip()


def our_target():
    return Target(f"{BIN}/hotlap-target", "--engine", "pipelined", "--port", "0", "--cpus", str(TARGET_CPU))


def bulk_server():
    return Target(f"{BIN}/bulk-server")


class Generators:
    """The contestants with the same connections and time; `load_flags` go to every run of hotlap-load."""

    def __init__(self, seconds, load_flags=""):
        self.seconds = seconds
        self.load_flags = shlex.split(load_flags)

    def hotlap(self, target, page, connections=100, depth=1, rate=None, seconds=None, flags=(), terminal=False):
        with tempfile.NamedTemporaryFile("r", suffix=".json") as document:
            command = [f"{BIN}/hotlap-load", "-t", "1", "-c", str(connections), "-d", f"{seconds or self.seconds}s"]
            command += ["--pipeline", str(depth), "--cpus", str(LOAD_CPU), "--json", document.name, *self.load_flags]
            command += [*flags] + ([] if rate is None else ["--rate", f"{rate}/s"])
            command += [] if target.certificate is None else ["--cacert", target.certificate]
            command += [f"{target.scheme}://{target.address}{page}"]
            _, usage, around = finish(command, (0, INVALID_RUN), terminal)
            measured = json.load(document)
        bad = measured["total"]["answered"] - measured["total"]["good"] + measured["total"]["failed"]
        problem = f"{bad} bad responses" if bad else ""
        if measured["verdict"]["level"] == "INVALID":
            problem = "INVALID: " + "; ".join(measured["verdict"]["reasons"])
        return costed(measured["throughput_per_s"], measured["total"]["answered"], usage, problem, around, measured)

    def wrk(self, target, page, connections=100, depth=1, seconds=None):
        command = ["wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds or self.seconds}s"]
        pipeline = [] if depth == 1 else ["-s", "tools/wrk_pipeline.lua"]
        depth_words = [] if depth == 1 else ["--", str(depth)]
        return self._wrk_like(command + pipeline + [f"{target.scheme}://{target.address}{page}"] + depth_words)

    def wrk2(self, program, target, page, rate, connections=100):
        command = [program, "-t", "1", "-c", str(connections), "-d", f"{self.seconds}s", "-R", str(rate)]
        return self._wrk_like(command + [f"http://{target.address}{page}"])

    def bare(self, target, page, connections=100, depth=1, seconds=None):
        duration = f"{seconds or self.seconds}s"
        command = [f"{BIN}/bare-loop", target.address, page, str(connections), str(depth), duration]
        text, usage, around = finish(command)
        said = dict(word.split("=") for word in text.split() if "=" in word)
        return costed(float(said["throughput_per_s"]), int(said["responses"]), usage, "", around)

    def _wrk_like(self, command):
        text, usage, around = finish(command)
        problem = re.search(r"(Socket errors|Non-2xx).*", text)
        requests = int(re.search(r"(\d+) requests in", text)[1])
        throughput = float(re.search(r"Requests/sec:\s*([\d.]+)", text)[1])
        return costed(throughput, requests, usage, problem[0] if problem else "", around)


def pinned(cpu, command):
    return ["taskset", "-c", str(cpu), *command]


def costed(throughput, requests, usage, problem, around, document=None):
    number = max(requests, 1)
    return Run(throughput, requests, usage.ru_utime * 1e6 / number, usage.ru_stime * 1e6 / number,
               usage.ru_maxrss / 1024, problem, around, document or {})


def finish(command, good_codes=(0,), terminal=False):
    """Runs a generator to its end: (what it said, its resource usage, what was around it)."""
    start_s, others_s, stolen_s = time.monotonic(), other_programs(), steal_s()
    reader, writer = pty.openpty() if terminal else os.pipe()
    process = subprocess.Popen(pinned(LOAD_CPU, command), stdin=subprocess.DEVNULL, stdout=writer,
                               stderr=writer if terminal else None)
    os.close(writer)
    text = b""
    try:
        while some := os.read(reader, 65536):
            text += some
    except OSError:  # how a terminal says that its other side is gone
        pass
    os.close(reader)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in good_codes:
        raise SystemExit(f"{shlex.join(command)} ended with {process.returncode}")
    others = sum(max(0, now_s - others_s.get(process, 0)) for process, now_s in other_programs().items())
    others /= time.monotonic() - start_s
    return text.decode(errors="replace"), usage, Around(steal_s() - stolen_s, others)


def timed_sleep_us(sleeps=2000, asked_us=50):
    """Of a thread on the generator's processor: what one timed sleep takes of its time, and how late half of them end."""
    everywhere = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {LOAD_CPU})
    set_timer_slack = partial(ctypes.CDLL(None).prctl, PR_SET_TIMERSLACK)
    set_timer_slack(1)  # as the load's threads have it
    before_s = time.thread_time()
    late_us = []
    for _ in range(sleeps):
        start_s = time.monotonic()
        time.sleep(asked_us * 1e-6)
        late_us.append((time.monotonic() - start_s) * 1e6 - asked_us)
    taken_s = time.thread_time() - before_s
    set_timer_slack(0)  # the usual one, which programs started from here inherit
    os.sched_setaffinity(0, everywhere)
    return taken_s / sleeps * 1e6, median(late_us)


def wake_up_us(times=2000):
    """Processor time that a thread of the generator's processor pays for waking one that sleeps on the target's."""
    sleeper_end, waker_end = socket.socketpair()
    sleeper = os.fork()
    if sleeper == 0:
        try:
            os.sched_setaffinity(0, {TARGET_CPU})
            waker_end.close()
            while sleeper_end.recv(1):
                pass
        finally:
            os._exit(0)
    sleeper_end.close()
    everywhere = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {LOAD_CPU})
    taken_s = 0
    for _ in range(times):
        time.sleep(200e-6)  # so that it sleeps
        before_s = time.thread_time()
        waker_end.send(b"x")
        taken_s += time.thread_time() - before_s
    os.sched_setaffinity(0, everywhere)
    waker_end.close()
    os.waitpid(sleeper, 0)
    return taken_s / times * 1e6


def other_programs():
    """{process: processor time so far} of all that this one did not start, with that of their children that ended.

    Not from the busy time of processors: whether packets handled in interrupts are in a program's time depends on the
    kernel's configuration. Where they have a thread of their own (ksoftirqd), they are nobody else's either.
    """
    parents, times_s = {}, {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat") as line:
                name, _, rest = line.read().rpartition(")")
        except OSError:  # ended meanwhile
            continue
        words = rest.split()
        parents[int(pid)] = int(words[1])
        if "(ksoftirqd/" not in name:
            times_s[int(pid), words[19]] = sum(int(word) for word in words[11:15]) / TICKS_PER_S
    return {process: time_s for process, time_s in times_s.items() if not started_here(process[0], parents)}


def started_here(pid, parents):
    while pid > 0 and pid != os.getpid():
        pid = parents.get(pid, 0)
    return pid > 0


def steal_s():
    return sum(processor_ticks(f"cpu{cpu}")[7] for cpu in {TARGET_CPU, LOAD_CPU}) / TICKS_PER_S


def processor_ticks(name):
    with open("/proc/stat") as lines:
        return [int(word) for word in next(line for line in lines if line.startswith(name + " ")).split()[1:]]
