"""Chat with a real model behind the gateway; run by tools/demo-model --test, which starts both.

GATEWAY_BINARY and GATEWAY_DATA_DIR say which ledger to read; the model's name is one that no catalogue has.
"""

import json
import os
import subprocess
import time
import uuid

import pytest

from conftest import TIMEOUT_SECONDS

QUESTION = {
    "model": "smollm2",
    "messages": [{"role": "user", "content": "Name the capital of France."}],
    "temperature": 0,
    "max_tokens": 24,
}

pytestmark = pytest.mark.real_model


@pytest.fixture
def deal() -> str:
    return f"deal-{uuid.uuid4()}"


@pytest.fixture
def ledger_row(deal):
    """The deal's row in the report of costs, read from the running gateway's data directory."""

    def read() -> dict:
        done = subprocess.run(
            [os.environ["GATEWAY_BINARY"], "report", "cost-per-deal", "--data", os.environ["GATEWAY_DATA_DIR"]]
            + ["--deal", deal, "--format", "json"],
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
        )
        assert done.returncode == 0, done.stderr.decode()
        rows = [row for row in json.loads(done.stdout)["rows"] if row["deal"] == deal]
        return rows[0] if rows else {}

    return read


def ask_streamed(client, deal: str, **more) -> list:
    return list(
        client.chat.completions.create(**QUESTION, **more, stream=True, extra_headers={"x-gateway-deal": deal})
    )


def words_of(chunks) -> list[str]:
    return [chunk.choices[0].delta.content for chunk in chunks if chunk.choices and chunk.choices[0].delta.content]


def wait_for(condition):
    """Reads again until the group commit, at most 50 ms away, has passed; each reading is a process of its own."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not (found := condition()):
        assert time.monotonic() < deadline, "the call never reached the ledger"
    return found


def test_a_real_models_stream_arrives_and_its_usage_is_in_the_ledger(client, deal, ledger_row):
    # Asked for twice over: once for the client, once for the books. No seed was used before, so nobody is replayed.
    chunks = ask_streamed(client, deal, seed=uuid.uuid4().int % 2**31, stream_options={"include_usage": True})
    assert len(words_of(chunks)) > 3
    assert "Paris" in "".join(words_of(chunks))
    usage = chunks[-1].usage

    row = wait_for(ledger_row)
    assert row["calls"] == 1
    assert row["input_tokens"] + row["cached_input_tokens"] == usage.prompt_tokens > 0
    assert row["output_tokens"] == usage.completion_tokens > 0


def test_usage_that_the_client_did_not_ask_for_is_in_the_ledger_all_the_same(client, deal, ledger_row):
    chunks = ask_streamed(client, deal, seed=uuid.uuid4().int % 2**31)
    assert all(chunk.usage is None for chunk in chunks)
    row = wait_for(ledger_row)
    assert row["input_tokens"] + row["cached_input_tokens"] > 0
    assert row["output_tokens"] >= len(words_of(chunks)) > 3


def test_the_model_is_not_asked_the_same_thing_twice(client, deal):
    request = {**QUESTION, "seed": uuid.uuid4().int % 2**31, "extra_headers": {"x-gateway-deal": deal}}
    first = client.chat.completions.with_raw_response.create(**request)
    second = client.chat.completions.with_raw_response.create(**request)
    assert [first.headers["x-gateway-cache"], second.headers["x-gateway-cache"]] == ["MISS", "HIT"]
    assert second.content == first.content
    assert first.parse().usage.completion_tokens > 0
