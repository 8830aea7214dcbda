"""The gateway as curl sees it, as anyone would try it first."""

import json
import subprocess

import pytest

from conftest import TIMEOUT_SECONDS, asking


@pytest.fixture
def curl(base_url):
    """Runs curl against a path of the gateway; gives the status, the headers by lower-case name, and the body."""

    def run(path: str, *options: str, body: bytes | None = None) -> tuple[int, dict[str, str], str]:
        command = ["curl", "--silent", "--show-error", "--include", "--max-time", str(TIMEOUT_SECONDS), *options]
        if body is not None:
            command += ["--header", "content-type: application/json", "--header", "authorization: Bearer sk-test"]
            command += ["--data-binary", "@-"]
        done = subprocess.run([*command, base_url.removesuffix("/v1") + path], input=body or b"", capture_output=True)
        assert done.returncode == 0, done.stderr.decode()
        head, _, answer = done.stdout.decode().partition("\r\n\r\n")
        while head.split()[1] == "100":  # an interim answer comes before the real one
            head, _, answer = answer.partition("\r\n\r\n")
        status_line, *lines = head.split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        return int(status_line.split()[1]), headers, answer

    return run


def bytes_of(request: dict) -> bytes:
    return json.dumps(request).encode()


def test_a_plain_request(curl, prompt):
    status, headers, body = curl("/v1/chat/completions", body=bytes_of(asking(prompt)))
    assert status == 200
    assert headers["content-type"].startswith("application/json")
    assert int(headers["content-length"]) == len(body.encode())
    assert json.loads(body)["choices"][0]["message"]["content"]


def test_the_route_also_answers_without_its_prefix(curl, prompt):
    status, _, body = curl("/chat/completions", body=bytes_of(asking(prompt)))
    assert status == 200
    assert json.loads(body)["object"] == "chat.completion"


def test_a_second_run_is_a_hit(curl, prompt):
    outcomes = [
        curl("/v1/chat/completions", body=bytes_of(asking(prompt)))[1]["x-gateway-cache"] for _ in range(2)
    ]
    assert outcomes == ["MISS", "HIT"]


@pytest.mark.parametrize("expected", ["MISS", "HIT"])
def test_a_stream_is_events_that_end_with_done(curl, prompt, expected):
    request = bytes_of(asking(prompt, stream=True))
    if expected == "HIT":
        curl("/v1/chat/completions", "--no-buffer", body=request)
    status, headers, body = curl("/v1/chat/completions", "--no-buffer", body=request)
    assert status == 200
    assert headers["x-gateway-cache"] == expected
    assert headers["content-type"].startswith("text/event-stream")
    assert "content-length" not in headers
    events = [line.removeprefix("data: ") for line in body.replace("\r\n", "\n").split("\n\n") if line]
    assert events.pop() == "[DONE]"
    assert len(events) > 2
    assert all(json.loads(event)["object"] == "chat.completion.chunk" for event in events)
    assert "[DONE]" not in events


def test_a_large_body_that_waits_to_be_asked_for(curl, prompt):
    request = bytes_of(asking(prompt + " word" * 400_000))
    status, _, body = curl("/v1/chat/completions", "--header", "expect: 100-continue", body=request)
    assert status == 200
    assert json.loads(body)["usage"]["prompt_tokens"] > 0


def test_a_body_sent_in_chunks(curl, prompt):
    status, _, body = curl(
        "/v1/chat/completions", "--header", "transfer-encoding: chunked", body=bytes_of(asking(prompt))
    )
    assert status == 200
    assert json.loads(body)["choices"][0]["message"]["content"]


def test_a_client_of_http_1_0(curl, prompt):
    status, headers, body = curl("/v1/chat/completions", "--http1.0", body=bytes_of(asking(prompt, stream=True)))
    assert status == 200
    assert "transfer-encoding" not in headers
    assert body.rstrip().endswith("data: [DONE]")


def test_two_requests_on_one_connection(base_url, prompt):
    url = base_url + "/chat/completions"
    one = ["--data", json.dumps(asking(prompt)), "--header", "content-type: application/json", url]
    report = ["--silent", "--output", "/dev/null", "--write-out", "%{http_code} %{num_connects}\n"]
    done = subprocess.run(
        ["curl", *report, *one, "--next", *report, *one], capture_output=True, timeout=TIMEOUT_SECONDS, text=True
    )
    assert done.stdout.splitlines() == ["200 1", "200 0"]


def test_health(curl):
    assert curl("/health")[0] == 200


def test_an_unknown_route(curl):
    status, headers, body = curl("/nonsense")
    assert status == 404
    assert headers["x-gateway-error"] == "unknown_route"
    assert json.loads(body)["error"]["code"] == "unknown_route"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/api/v1/stats"])
def test_the_admin_plane(admin_url, path):
    done = subprocess.run(
        ["curl", "--silent", "--fail", "--max-time", str(TIMEOUT_SECONDS), admin_url + path], capture_output=True
    )
    assert done.returncode == 0
    assert done.stdout
