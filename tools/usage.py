"""What a process and its children have used: CPU time, memory, descriptors; read from /proc."""

import contextlib
import os
import pathlib
import re


def descendants(pid: int) -> list[int]:
    """The process and its children; one thread's children may end while another's are read."""
    children = []
    with contextlib.suppress(FileNotFoundError):
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                children += descendants(int(child))
    return [pid, *children]


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and its children, threads that have ended included."""
    ticks = 0
    for member in descendants(pid):
        # The second field, the name, may hold spaces; the fields are counted from its closing bracket.
        fields = pathlib.Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def resident_megabytes(pid: int) -> float:
    """Memory in use (PSS): what is shared with other processes is counted in part."""
    kilobytes = 0
    for member in descendants(pid):
        kilobytes += int(re.search(r"^Pss: +(\d+)", pathlib.Path(f"/proc/{member}/smaps_rollup").read_text(), re.M)[1])
    return kilobytes / 1024


def open_descriptors(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def status_megabytes(pid: int) -> dict[str, float]:
    """The kernel's own lines for the process alone: VmRSS, VmHWM (its peak), RssAnon, RssFile."""
    lines = re.findall(
        r"^(VmRSS|VmHWM|RssAnon|RssFile):\s+(\d+) kB", pathlib.Path(f"/proc/{pid}/status").read_text(), re.M
    )
    return {name: int(kilobytes) / 1024 for name, kilobytes in lines}


def forget_peak(pid: int) -> None:
    """Lets VmHWM begin again at what is in use now."""
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")


def mapped_megabytes(pid: int) -> dict[str, float]:
    """What is resident of each mapped file, by its path."""
    found: dict[str, float] = {}
    path = ""
    for line in pathlib.Path(f"/proc/{pid}/smaps").read_text().splitlines():
        if mapping := re.match(r"[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ [1-9]\d* +(.*)$", line):
            path = mapping[1]
        elif re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
            path = ""
        elif path and (size := re.match(r"Rss: +(\d+) kB", line)):
            found[path] = found.get(path, 0) + int(size[1]) / 1024
    return found
