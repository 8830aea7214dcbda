"""Programs that the tools start and stop: each ends with the block that started it, whatever happens in it."""

import contextlib
import ctypes
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent


def free_port() -> int:
    """A loopback port that was free a moment ago; for programs that cannot choose one and say which."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_ready(url: str, process: subprocess.Popen, seconds: float = 30.0) -> None:
    """Returns once `url` answers 200; ends the tool, with what `process` last said, when that exits or takes longer."""
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=1) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    state = "is not ready" if process.poll() is None else f"exited with code {process.returncode}"
    fail(f"{pathlib.Path(process.args[0]).name} {state}; its log ends:\n{tail(process.log)}")


def tail(path: pathlib.Path, lines: int = 20) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])


def fail(message: str):
    sys.exit(f"{pathlib.Path(sys.argv[0]).name}: {message}")


def end_with_parent() -> None:
    """Asks the kernel to stop this program (SIGTERM) when the tool is killed and cannot do so itself."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


@contextlib.contextmanager
def running(command: list, log: pathlib.Path, **options):
    """Starts a program with its output in `log`; afterwards asks it to stop (SIGTERM), at last insists."""
    with open(log, "ab") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdout=options.pop("stdout", output),
            stderr=output,
            preexec_fn=end_with_parent,
            **options,
        )
    process.log = log
    try:
        yield process
    finally:
        if process.stdin:
            process.stdin.close()
        process.terminate()
        try:
            process.wait(timeout=35)  # longer than the gateway's drain
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def scratch_directory(name: str):
    """A new directory below .build, removed afterwards."""
    (ROOT / ".build").mkdir(exist_ok=True)
    # Otherwise the tool would end at once, and leave the directory and what runs in it behind.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    path = pathlib.Path(tempfile.mkdtemp(prefix=name + "-", dir=ROOT / ".build"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
