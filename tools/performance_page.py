"""docs/performance.md, out of what tools/bench measured."""

import dataclasses
import os
import pathlib
import platform
import re
import statistics
import subprocess
import time

import debian_tools
from fixed_rate import percentile
from servers import Servers

INTRODUCTION = """\
# Performance

Written by `make bench`; run it to measure your own machine. Figures of two machines, or of two days on a shared one, do
not compare; ratios of one run do.

**How to read it.** CPU time is user and system time of the whole process, writer threads and children included, for each
request answered (for streams: each event relayed). The ratio is the gateway's CPU time to the other's in the same
round, the median of the rounds; below 1 the gateway is cheaper. Requests a second and latencies are those under a load
that always has {connections} requests open, with the server on one core: they are bounded by load and provider, which
share the other, so CPU time is the figure to compare by. What a request waits when nothing is busy is under *Added
latency*.

nginx and HAProxy run bare: no access log, no metering. The gateway runs with its defaults: it prices every call and
writes it to its ledger on disk, on the pass-through path too.
"""


@dataclasses.dataclass
class Results:
    servers: Servers
    connections: int
    rounds: int
    seconds: float
    runs: list = dataclasses.field(default_factory=list)  # (scenario, runs by server)
    latency: dict = dataclasses.field(default_factory=dict)
    hit_latency: dict = dataclasses.field(default_factory=dict)
    memory: dict = dataclasses.field(default_factory=dict)


def line(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def median(runs: list, value) -> float:
    return statistics.median(value(run) for run in runs)


def verdict(found: float, target: str) -> str:
    return f"≤ {target} {'reached' if found <= float(target.split()[0]) else 'missed'}"


def version_of(command: list, pattern: str) -> str:
    said = subprocess.run(list(map(str, command)), env=debian_tools.ENVIRONMENT, capture_output=True, text=True)
    found = re.search(pattern, said.stdout + said.stderr)
    return found[1] if found else "version unknown"


def machine(results: Results) -> list[str]:
    cpu = re.search(r"^model name\s*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    system = platform.freedesktop_os_release()["PRETTY_NAME"]
    servers = results.servers
    versions = [
        "gateway " + version_of([*servers.gateway, "version"], r"(\d\S*)"),
        "nginx " + version_of([debian_tools.program("nginx"), "-v"], r"nginx/(\S+)"),
        "HAProxy " + version_of([debian_tools.program("haproxy"), "-v"], r"version (\S+)"),
        "wrk " + version_of([debian_tools.program("wrk"), "-v"], r"wrk (?:debian/)?(\S+)"),
    ]
    load = f"`wrk`, {results.connections} connections, {results.rounds} rounds of {results.seconds} s, servers in turn"
    return [
        "| | |",
        "| --- | --- |",
        line(
            "machine",
            f"{cpu[1] if cpu else platform.machine()}, {os.cpu_count()} cores, {system}, Linux {platform.release()}",
        ),
        line("programs", ", ".join(versions)),
        line("load", f"{load}; medians (least–most)"),
        line("cores", f"server on core {servers.server_core}; load and provider on core {servers.load_core}"),
        line("provider", "nginx with the same chat completion for each request; for streams `tools/provider.py`"),
        line("measured", f"{time.strftime('%Y-%m-%d', time.gmtime())} by `make bench`"),
        "",
    ]


def rows(scenario, runs: dict) -> list[str]:
    ours = runs[scenario.servers[0]]
    lines = []
    for name, measured in runs.items():
        is_ours = name == scenario.servers[0]
        times = [run.microseconds for run in measured]
        cells = [scenario.title, f"{scenario.body_kilobytes} KB"] if is_ours else ["", ""]
        cells += [name.removesuffix(", streams").removesuffix(", TLS")]
        cells += [f"{statistics.median(times):.1f} ({min(times):.1f}–{max(times):.1f})"]
        cells += [f"{median(measured, lambda run: run.rate):,.0f}"]
        cells += [f"{median(measured, lambda run, index=index: run.percentiles[index]):.2f}" for index in range(3)]
        if is_ours:
            cells += ["", ""]
        else:
            ratio = statistics.median(our.microseconds / their.microseconds for our, their in zip(ours, measured))
            target = scenario.targets.get(name)
            cells += [f"{ratio:.2f}", verdict(ratio, f"{target:.2f}") if target else ""]
        lines.append(line(*cells))
    return lines


def table(results: Results, heading: str, unit: str, explained: str, is_stream: bool) -> list[str]:
    chosen = [(scenario, runs) for scenario, runs in results.runs if (scenario.kind == "streams") == is_stream]
    if not chosen:
        return []
    head = ["path", "body", "server", f"CPU µs, {unit}", f"{unit}s/s"]
    head += ["p50 ms", "p99 ms", "p99.9 ms", "ratio", "target"]
    lines = [f"## {heading}", "", explained, "", line(*head), "| --- | ---: | --- |" + " ---: |" * 6 + " --- |"]
    paths = list(dict.fromkeys(scenario.title for scenario, _ in chosen))
    for scenario, runs in sorted(chosen, key=lambda pair: (paths.index(pair[0].title), pair[0].body_kilobytes)):
        lines += rows(scenario, runs)
    return [*lines, ""]


def latency_table(results: Results) -> list[str]:
    if not results.latency:
        return []
    lines = [
        "## Added latency",
        "",
        "200 requests of 1 KB a second to each, in turns, each due at its time and counted from then; for the",
        "gateway a miss through the whole pipeline, and switched off. Milliseconds, and how many more than a direct call.",
        "",
        *added(results.latency, "upstream", "none: direct", {"p50": "0.1", "p99": "0.3"}),
        "",
        "The same for one request of 4 KB that is asked again and again: a hit, and how many milliseconds more it takes than",
        "an answer that nginx has in its configuration, on the same core.",
        "",
        *added(results.hit_latency, "nginx static", "none: nginx answers by itself", {"p99": "0.1"}),
    ]
    return [*lines, ""]


def added(latency: dict, direct: str, called: str, targets: dict[str, str]) -> list[str]:
    """A table of latencies and of what each adds to that of `direct`; the targets are the gateway's."""
    lines = [
        line("server", "p50", "p99", "p99.9", "added p50", "added p99", "target"),
        "| --- |" + " ---: |" * 5 + " --- |",
    ]
    least = [percentile(latency[direct], share) / 1e6 for share in (0.5, 0.99, 0.999)]
    for name, values in latency.items():
        found = [percentile(values, share) / 1e6 for share in (0.5, 0.99, 0.999)]
        cells = [called if name == direct else name, *(f"{value:.3f}" for value in found)]
        if name == direct:
            cells += ["", "", ""]
        else:
            more = {"p50": found[0] - least[0], "p99": found[1] - least[1]}
            cells += [f"{value:.3f}" for value in more.values()]
            reached = (f"{share} {verdict(more[share], target)}" for share, target in targets.items())
            cells += [", ".join(reached) if "gateway" in name else ""]
        lines.append(line(*cells))
    return lines


def memory_table(memory: dict) -> list[str]:
    if not memory:
        return []
    lines = [
        "## Memory",
        "",
        "Megabytes (PSS; each server alone) before the first request, with 20 and with 200 streams open, and a second",
        "after the last; a stream's share is the difference of the two by 180.",
        "",
        line("server", "idle", "20 streams", "200 streams", "after", "KB a stream", "target"),
        "| --- |" + " ---: |" * 5 + " --- |",
    ]
    for name, (idle, few, many, after) in memory.items():
        each = (many - few) * 1024 / 180
        target = f"idle {verdict(idle, '20 MB')}, stream {verdict(each, '40 KB')}" if name == "gateway" else ""
        values = [f"{value:.1f}" for value in (idle, few, many, after, each)]
        lines.append(line(name, *values, target))
    return [*lines, ""]


def page(results: Results) -> str:
    lines = [INTRODUCTION.format(connections=results.connections), *machine(results)]
    lines += table(
        results, "Requests", "request",
        "An answer to a body of 8 or 64 KB is as large as the body; every other has 1 KB.", is_stream=False,
    )  # fmt: skip
    lines += table(
        results, "Streams", "event",
        "Each stream has 200 events, 20 ms apart; the gateway reads the usage in them. The times are an event's,\n"
        "from the provider's `send` until the client has it.", is_stream=True,
    )  # fmt: skip
    lines += latency_table(results) + memory_table(results.memory)
    return "\n".join(lines)
