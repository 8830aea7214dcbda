"""500 and 5,000 streams at once: every event of every one arrives, and each costs little memory."""

import time

from stream_load import StreamLoad
from usage import status_megabytes

from endurance_checks.lab import Lab

KILOBYTES_A_STREAM = 40


def check(lab: Lab) -> None:
    for count, events, interval_ms in ((500, 200, 50), (5000, 20, 500)):
        count = lab.scaled(count, least=20)
        gateway = lab.gateway(f"streams {count}")
        warm(gateway.port)
        before = status_megabytes(gateway.process.pid)["VmRSS"]
        load = StreamLoad(gateway.port, count, events, interval_ms, body_bytes=1024)
        load.run(events * interval_ms / 2000)
        each = (status_megabytes(gateway.process.pid)["VmRSS"] - before) * 1024 / count
        load.run(60)
        unfinished = len(load.streams)
        load.close()
        for fault in load.faults[:3]:
            lab.note(fault)
        lab.found_all(f"{count:,} streams at once: complete", load.completed - len(load.faults), count)
        lab.found_all(f"{count:,} streams at once: events", len(load.delays), count * events)
        lab.found(f"{count:,} streams at once: cut or unfinished", len(load.faults) + unfinished, 0)
        lab.found(f"{count:,} streams at once: memory of each", each, KILOBYTES_A_STREAM, "KB")


def warm(port: int) -> None:
    """A few streams that end, so that what is made once is made."""
    load = StreamLoad(port, 10, 20, 5, body_bytes=1024)
    load.run(10)
    load.close()
    time.sleep(0.2)
