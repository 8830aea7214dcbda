"""The OpenAI client as an application uses it: nothing changed but its base URL.

A gateway with the simulated upstream behind it must be running; the environment says where:
GATEWAY_BASE_URL (its data plane, ending in /v1) and GATEWAY_ADMIN_URL (its admin plane).
"""

import os
import re
import urllib.request
import uuid

import openai
import pytest

MODEL = "gpt-4o-mini"  # in the bundled catalogue, so it has a price
TIMEOUT_SECONDS = 30.0


@pytest.fixture(scope="session")
def base_url() -> str:
    return os.environ["GATEWAY_BASE_URL"].rstrip("/")


@pytest.fixture(scope="session")
def admin_url() -> str:
    return os.environ["GATEWAY_ADMIN_URL"].rstrip("/")


@pytest.fixture
def make_client(base_url):
    """Makes clients with a key of their own; they never retry, so that a fault is seen as it is."""
    made = []

    def make(api_key: str = "sk-test") -> openai.OpenAI:
        made.append(openai.OpenAI(base_url=base_url, api_key=api_key, max_retries=0, timeout=TIMEOUT_SECONDS))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def client(make_client) -> openai.OpenAI:
    return make_client()


@pytest.fixture
async def async_client(base_url):
    async with openai.AsyncOpenAI(
        base_url=base_url, api_key="sk-test", max_retries=0, timeout=TIMEOUT_SECONDS
    ) as made:
        yield made


@pytest.fixture
def prompt() -> str:
    """A question that nobody asked before, so that no earlier test's answer is in the cache."""
    return f"Which city is the capital of France? ({uuid.uuid4()})"


@pytest.fixture
def metric(admin_url):
    """Reads a series of the admin plane's /metrics, summed over the labels not given."""

    def read(name: str, **labels: str) -> float:
        with urllib.request.urlopen(admin_url + "/metrics", timeout=TIMEOUT_SECONDS) as answer:
            text = answer.read().decode()
        total = 0.0
        for line in text.splitlines():
            found = re.fullmatch(re.escape(name) + r"(?:\{(.*)\})? (\S+)", line)
            if found and labels.items() <= dict(re.findall(r'(\w+)="([^"]*)"', found[1] or "")).items():
                total += float(found[2])
        return total

    return read


def asking(prompt: str, **more) -> dict:
    """The arguments of a plain chat request."""
    return {"model": MODEL, "messages": [{"role": "user", "content": prompt}], **more}
