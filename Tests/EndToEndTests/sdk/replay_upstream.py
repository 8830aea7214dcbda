"""A provider that answers each model with the fixtures of that name, and a gateway in front of it.

The fixtures are streams and whole completions as providers send them (Tests/Fixtures/openai).
"""

import collections
import contextlib
import http.server
import json
import os
import pathlib
import re
import subprocess
import sys
import threading

ROOT = pathlib.Path(__file__).resolve().parents[3]
FIXTURES = ROOT / "Tests/Fixtures/openai"
EVENT = re.compile(rb".*?(?:\n\n|\r\n\r\n)", re.DOTALL)
START_SECONDS = 30.0


def names() -> list[str]:
    found = sorted(path.stem for path in FIXTURES.glob("*.sse"))
    assert found, f"{FIXTURES} holds no streams"
    return found


def whole(name: str) -> bytes:
    return (FIXTURES / f"{name}.json").read_bytes()


def stream(name: str, asks_usage: bool) -> bytes:
    """The stream as the provider sends it: the event that states usage and no choice only to those who ask."""
    events = EVENT.findall((FIXTURES / f"{name}.sse").read_bytes())
    return b"".join(event for event in events if asks_usage or not states_only_usage(event))


def states_only_usage(event: bytes) -> bool:
    chunk = data_of(event)
    return bool(chunk) and chunk["choices"] == [] and chunk.get("usage") is not None


def data_of(event: bytes) -> dict | None:
    """The chunk of an event; nothing of a comment or the last event."""
    data = event.strip().removeprefix(b"data:").strip()
    return json.loads(data) if data.startswith(b"{") else None


class Upstream(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.base_url = f"http://127.0.0.1:{self.server_address[1]}/v1"
        self.asked = collections.Counter()  # by the text of the question
        self.may_go_on = threading.Event()  # streams stop after their first event while it is cleared
        self.may_go_on.set()

    def handle_error(self, request, client_address):
        # The client closes a stream once it has read [DONE].
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked[request["messages"][-1]["content"]] += 1
        if request.get("stream"):
            options = request.get("stream_options") or {}
            self.send_stream(stream(request["model"], bool(options.get("include_usage"))))
        else:
            self.server.may_go_on.wait()
            body = whole(request["model"])
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def send_stream(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream; charset=utf-8")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        first = EVENT.match(body).end()
        # Pieces that end anywhere, as a network's do: within events, names, characters and line ends.
        for start, end in [(0, first), *((at, at + 331) for at in range(first, len(body), 331))]:
            piece = body[start:end]
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            self.server.may_go_on.wait()
        self.wfile.write(b"0\r\n\r\n")

    def do_GET(self):  # the gateway's question whether its provider is up
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def serving():
    """An upstream, until the block ends."""
    with Upstream() as upstream:
        thread = threading.Thread(target=upstream.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield upstream
        finally:
            upstream.may_go_on.set()
            upstream.shutdown()
            thread.join()


@contextlib.contextmanager
def gateway(upstream: Upstream, directory: pathlib.Path):
    """Runs the program GATEWAY_BINARY before `upstream`; gives where clients and operators find it."""
    command = [os.environ.get("GATEWAY_BINARY", ROOT / ".build/debug/gateway"), "serve"]
    command += ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--data", directory / "data"]
    command += ["--set", f"providers.openai.base_url={upstream.base_url}"]
    with open(directory / "log", "wb") as log, subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=log, cwd=directory, text=True
    ) as process:
        try:
            found = re.search(r"clients +(\S+/v1).*?operators +(http://[^/\s]+)", banner(process), re.DOTALL)
            assert found, f"the gateway did not start:\n{(directory / 'log').read_text()}"
            yield found[1], found[2]
        finally:
            process.terminate()
        assert process.wait() == 0, (directory / "log").read_text()


def banner(process: subprocess.Popen) -> str:
    text = ""
    for line in process.stdout:
        text += line
        if "operators" in line:
            break
    return text
