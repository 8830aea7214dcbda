"""Answers as providers send them, through store and replay in every direction, read as the OpenAI client reads them.

Starts a gateway of its own (GATEWAY_BINARY, by default .build/debug/gateway) before a provider that answers each model
with the fixtures of that name. What the client's own helper gathers from a stream is the measure; where it is known to
read less than the stream says, `READ_OTHERWISE` says so, and the test that it still does.
"""

import asyncio
import json
import re
import urllib.request
import uuid

import openai
import pytest
from openai.lib.streaming.chat import ChatCompletionStreamState

import replay_upstream
from conftest import TIMEOUT_SECONDS

NAMES = replay_upstream.names()
FORMS = ["whole", "stream", "stream with usage"]
CROWD = 100

# What the client's helper gathers of a stream, where that is less than the stream says.
READ_OTHERWISE = {
    # It leaves out the chunks that say nothing but how something was filtered, and takes the fields that it does not
    # know from the first of the others alone.
    "azure-text": {"prompt_filter_results", "choices.0.content_filter_results"},
    "azure-async-filter": {"prompt_filter_results", "choices.0.content_filter_results"},
    "groq-text": {"x_groq.usage"},
    "llamacpp-timings": {"timings"},
    "vllm-reasoning": {"choices.0.stop_reason", "choices.0.token_ids"},
    # It concatenates every string that is said again.
    "openrouter-reasoning": {
        "choices.0.message.role", "choices.0.native_finish_reason",
        "choices.0.message.reasoning_details.0.format",
    },
}  # fmt: skip

# Where a provider's whole completion and its stream do not say the same.
ONLY_IN = {"groq-text": {"service_tier", "x_groq.usage"}}


@pytest.fixture(scope="module")
def upstream():
    with replay_upstream.serving() as upstream:
        yield upstream


@pytest.fixture(scope="module")
def places(upstream, tmp_path_factory):
    with replay_upstream.gateway(upstream, tmp_path_factory.mktemp("gateway")) as places:
        yield places


@pytest.fixture(scope="module")
def client(places):
    with openai.OpenAI(base_url=places[0], api_key="sk-test", max_retries=0, timeout=TIMEOUT_SECONDS) as client:
        yield client


@pytest.fixture(scope="module")
def direct(upstream):
    """The client without a gateway."""
    with openai.OpenAI(base_url=upstream.base_url, api_key="sk-test", max_retries=0, timeout=TIMEOUT_SECONDS) as client:
        yield client


@pytest.fixture
def prompt() -> str:
    return f"When is low tide? ({uuid.uuid4()})"


def asking(name: str, prompt: str, form: str) -> dict:
    more = {"stream_options": {"include_usage": True}} if form == "stream with usage" else {}
    return {"model": name, "messages": [{"role": "user", "content": prompt}], **more}


def received(client, name: str, prompt: str, form: str) -> tuple[str | None, bytes]:
    """What x-gateway-cache says, and the body as it came."""
    request = asking(name, prompt, form)
    with client.chat.completions.with_streaming_response.create(**request, stream=form != "whole") as raw:
        return raw.headers.get("x-gateway-cache"), raw.read()


def gathered(client, name: str, prompt: str, form: str) -> dict:
    """The completion as the client sees it: gathered by its helper when it is a stream."""
    request = asking(name, prompt, form)
    if form == "whole":
        return plain(client.chat.completions.create(**request))
    with client.chat.completions.stream(**request) as stream:
        # What `get_final_completion` gives, save that this refuses answers that were cut by their length.
        return plain(stream.until_done().current_completion_snapshot)


def plain(completion) -> dict:
    """A completion's fields; without what says nothing, and what the helper adds or leaves of the stream's form."""
    fields = completion.model_dump()
    for choice in fields["choices"]:
        choice["message"].pop("parsed", None)
        for call in choice["message"].get("tool_calls") or []:
            call.pop("index", None)
            (call.get("function") or {}).pop("parsed_arguments", None)
    return saying(fields)


def saying(value):
    """A value without its members that are null or empty: providers say nothing in either way."""
    if isinstance(value, dict):
        kept = {name: saying(member) for name, member in value.items()}
        return {name: member for name, member in kept.items() if member not in (None, "", [], {})}
    return [saying(item) for item in value] if isinstance(value, list) else value


def differences(one, other, path: str = "") -> set[str]:
    """The paths of the fields that differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        return {
            found
            for name in one.keys() | other.keys()
            for found in differences(one.get(name), other.get(name), f"{path}.{name}".lstrip("."))
        }
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return {
            found
            for index, pair in enumerate(zip(one, other))
            for found in differences(*pair, f"{path}.{index}".lstrip("."))
        }
    return set() if one == other and type(one) is type(other) else {path}


# One after the other


@pytest.mark.parametrize("asked", FORMS)
@pytest.mark.parametrize("stored", FORMS)
@pytest.mark.parametrize("name", NAMES)
def test_an_answer_is_replayed_as_it_is_asked_for(client, direct, upstream, prompt, name, stored, asked):
    sent = {form: replay_upstream.stream(name, asks_usage="usage" in form) for form in FORMS}
    sent["whole"] = replay_upstream.whole(name)
    assert received(client, name, prompt, stored) == ("MISS", sent[stored])
    outcome, replayed = received(client, name, prompt, asked)
    assert outcome == "HIT"
    seen = gathered(client, name, prompt, asked)
    assert upstream.asked[prompt] == 1

    if (stored == "whole") == (asked == "whole"):
        assert replayed == sent[asked]
    if stored == "whole":
        measure = gathered(direct, name, prompt, "whole")
        if asked == "stream":
            del measure["usage"]
        assert differences(seen, measure) == set()
    elif asked == "whole":
        assert differences(saying(json.loads(replayed)), saying(json.loads(sent["whole"]))) == ONLY_IN.get(name, set())
        measure = gathered(direct, name, prompt, "stream with usage")
        assert differences(seen, measure) == READ_OTHERWISE.get(name, set())
    else:
        assert differences(seen, gathered(direct, name, prompt, asked)) == set()


# A crowd


@pytest.fixture
async def crowd(places, upstream):
    """A client for many requests at once; the provider begins no answer, and ends no stream, before `may_go_on`."""
    upstream.may_go_on.clear()
    async with openai.AsyncOpenAI(
        base_url=places[0], api_key="sk-test", max_retries=0, timeout=TIMEOUT_SECONDS
    ) as client:
        yield client.chat.completions.with_raw_response
    upstream.may_go_on.set()


@pytest.mark.parametrize("form", FORMS[1:])
@pytest.mark.parametrize("name", ["openai-three-choices", "openai-parallel-tools", "deepseek-reasoning"])
async def test_a_hundred_streams_of_one_question_are_one_call(crowd, direct, upstream, prompt, name, form):
    request = asking(name, prompt, form)
    # Each is there once it has its head, so everyone has joined before the stream goes on.
    streams = await asyncio.gather(*(crowd.create(**request, stream=True) for _ in range(CROWD)))
    upstream.may_go_on.set()
    answers = await asyncio.gather(*(gathered_in_turns(raw.parse()) for raw in streams))
    assert upstream.asked[prompt] == 1
    assert sorted(raw.headers["x-gateway-cache"] for raw in streams) == ["COALESCED"] * (CROWD - 1) + ["MISS"]
    measure = gathered(direct, name, prompt, form)
    assert [answer for answer in answers if differences(answer, measure)] == []


async def gathered_in_turns(stream) -> dict:
    state = ChatCompletionStreamState()
    async for chunk in stream:
        state.handle_chunk(chunk)
        await asyncio.sleep(0)  # gives the others a turn, so that all read at once
    return plain(state.current_completion_snapshot)


async def test_a_hundred_whole_answers_to_one_question_are_one_call(crowd, direct, upstream, places, prompt):
    request = asking("openai-parallel-tools", prompt, "whole")
    asked = asyncio.gather(*(crowd.create(**request) for _ in range(CROWD)))
    while await asyncio.to_thread(in_flight, places[1]) < CROWD:
        assert not asked.done()
    upstream.may_go_on.set()
    answers = await asked
    assert upstream.asked[prompt] == 1
    # Whoever was in flight, but not looked at yet when the answer came, found it stored.
    outcomes = [raw.headers["x-gateway-cache"] for raw in answers]
    assert outcomes.count("MISS") == 1 and {*outcomes} <= {"MISS", "COALESCED", "HIT"}
    measure = gathered(direct, "openai-parallel-tools", prompt, "whole")
    assert [raw for raw in answers if differences(plain(raw.parse()), measure)] == []


def in_flight(admin_url: str) -> int:
    with urllib.request.urlopen(admin_url + "/metrics", timeout=TIMEOUT_SECONDS) as answer:
        return int(re.search(r"^gateway_in_flight_requests (\d+)$", answer.read().decode(), re.MULTILINE)[1])
