"""What the cache answers, and what it must never answer, seen through the OpenAI client."""

import copy
import json
import urllib.request
import uuid

import openai
import pytest

from conftest import MODEL, TIMEOUT_SECONDS, asking
from test_chat import WEATHER, text_of


def outcome(client, request: dict, **headers: str) -> str:
    """What x-gateway-cache says of a request, once its answer, streamed or not, has been read to its end."""
    raw = client.chat.completions.with_raw_response.create(**request, extra_headers=headers or None)
    answer = raw.parse()
    if request.get("stream"):
        assert list(answer)
    return raw.headers["x-gateway-cache"]


# The same request again


def test_the_same_request_again_is_answered_from_the_cache(client, prompt):
    first = client.chat.completions.with_raw_response.create(**asking(prompt))
    second = client.chat.completions.with_raw_response.create(**asking(prompt))
    assert first.headers["x-gateway-cache"] == "MISS"
    assert "age" not in first.headers
    assert second.headers["x-gateway-cache"] == "HIT"
    assert 0 <= int(second.headers["age"]) < TIMEOUT_SECONDS
    assert second.content == first.content
    assert second.headers["content-type"] == first.headers["content-type"]


def test_a_hit_costs_nothing_and_saves_what_the_miss_cost(client, prompt):
    first = client.chat.completions.with_raw_response.create(**asking(prompt))
    second = client.chat.completions.with_raw_response.create(**asking(prompt))
    assert float(first.headers["x-gateway-cost-usd"]) > 0
    assert float(second.headers["x-gateway-cost-usd"]) == 0
    assert second.headers["x-gateway-saved-usd"] == first.headers["x-gateway-cost-usd"]
    assert second.headers["x-gateway-request-id"] != first.headers["x-gateway-request-id"]


async def test_an_async_client_hits_what_it_asked_before(async_client, prompt):
    for expected in ["MISS", "HIT"]:
        raw = await async_client.chat.completions.with_raw_response.create(**asking(prompt))
        assert raw.headers["x-gateway-cache"] == expected


def test_look_ups_are_counted(client, prompt, metric):
    hits = metric("gateway_cache_lookups_total", result="hit")
    misses = metric("gateway_cache_lookups_total", result="miss")
    for _ in range(3):
        client.chat.completions.create(**asking(prompt))
    assert metric("gateway_cache_lookups_total", result="hit") == hits + 2
    assert metric("gateway_cache_lookups_total", result="miss") == misses + 1


def test_a_tool_call_is_kept_too(client, prompt):
    request = asking(prompt, tools=[WEATHER])
    assert [outcome(client, request), outcome(client, request)] == ["MISS", "HIT"]
    call = client.chat.completions.create(**request).choices[0].message.tool_calls[0]
    assert {"city", "unit"} <= json.loads(call.function.arguments).keys()


def test_spacing_and_key_order_do_not_matter(client, base_url, prompt):
    body = asking(prompt, temperature=0.5, x_unknown={"one": 1, "two": [2, 3]})
    spelled_otherwise = [
        json.dumps(body, separators=(",", ":")),
        json.dumps(body, indent=4),
        json.dumps(dict(reversed(body.items()))),
        json.dumps({**body, "x_unknown": {"two": [2, 3], "one": 1}}),
    ]
    outcomes = []
    for text in spelled_otherwise:
        request = urllib.request.Request(
            base_url + "/chat/completions",
            data=text.encode(),
            headers={"content-type": "application/json", "authorization": "Bearer sk-test"},
        )
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
            answer.read()
            outcomes.append(answer.headers["x-gateway-cache"])
    assert outcomes == ["MISS", "HIT", "HIT", "HIT"]


@pytest.mark.parametrize(
    "beside_the_question",
    [
        {"user": "someone"},
        {"metadata": {"run": "7"}},
        {"safety_identifier": "abc"},
        {"prompt_cache_key": "abc"},
        {"service_tier": "default"},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_what_does_not_change_the_answer_does_not_miss(client, prompt, beside_the_question):
    assert outcome(client, asking(prompt)) == "MISS"
    assert outcome(client, asking(prompt, **beside_the_question)) == "HIT"


# What makes another request


def rich(prompt: str) -> dict:
    return {
        "model": MODEL,
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": prompt},
            {"role": "assistant", "content": "Of which France?"},
            {"role": "user", "content": "The republic."},
        ],
        "tools": [copy.deepcopy(WEATHER)],
        "temperature": 0.5,
        "extra_body": {"x_unknown": {"depth": [1, {"n": 1}]}},
    }


def change_the_system_message(request):
    request["messages"][0]["content"] += " "


def change_an_early_message(request):
    request["messages"][1]["content"] += "?"


def change_the_assistants_message(request):
    request["messages"][2]["content"] = "Of which france?"


def change_the_last_message(request):
    request["messages"][3]["content"] += "."


def change_a_role(request):
    request["messages"][0]["role"] = "developer"


def swap_two_messages(request):
    request["messages"][1], request["messages"][3] = request["messages"][3], request["messages"][1]


def add_a_message(request):
    request["messages"].append({"role": "user", "content": ""})


def change_a_tools_description(request):
    request["tools"][0]["function"]["description"] += "."


def change_a_tools_parameter(request):
    request["tools"][0]["function"]["parameters"]["required"].pop()


def add_a_tool(request):
    request["tools"].append(
        {"type": "function", "function": {"name": "other", "parameters": {"type": "object", "properties": {}}}}
    )


def change_an_unknown_field_deep_inside(request):
    request["extra_body"]["x_unknown"]["depth"][1]["n"] = 2


def change_the_spelling_of_a_number(request):
    request["extra_body"]["x_unknown"]["depth"][0] = 1.0


def add_an_unknown_field(request):
    request["extra_body"]["x_other"] = None


def change_the_temperature(request):
    request["temperature"] = 0.25


def ask_another_model(request):
    request["model"] = "gpt-4o"


def add_a_seed(request):
    request["seed"] = 1


def limit_the_output(request):
    request["max_completion_tokens"] = 1000


CHANGES = [
    change_the_system_message,
    change_an_early_message,
    change_the_assistants_message,
    change_the_last_message,
    change_a_role,
    swap_two_messages,
    add_a_message,
    change_a_tools_description,
    change_a_tools_parameter,
    add_a_tool,
    change_an_unknown_field_deep_inside,
    change_the_spelling_of_a_number,
    add_an_unknown_field,
    change_the_temperature,
    ask_another_model,
    add_a_seed,
    limit_the_output,
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_change_is_a_miss(client, prompt, change):
    assert outcome(client, rich(prompt)) == "MISS"
    changed = rich(prompt)
    change(changed)
    assert outcome(client, changed) == "MISS"
    assert outcome(client, rich(prompt)) == "HIT"
    assert outcome(client, changed) == "HIT"


def test_another_key_does_not_see_the_answer(make_client, prompt):
    alice = make_client(f"sk-alice-{uuid.uuid4()}")
    bob = make_client(f"sk-bob-{uuid.uuid4()}")
    assert [outcome(alice, asking(prompt)), outcome(bob, asking(prompt))] == ["MISS", "MISS"]
    assert [outcome(alice, asking(prompt)), outcome(bob, asking(prompt))] == ["HIT", "HIT"]


def test_an_error_is_not_kept(make_client, prompt):
    refused = make_client("sk-invalid")
    for _ in range(2):
        with pytest.raises(openai.AuthenticationError) as error:
            refused.chat.completions.create(**asking(prompt))
        assert error.value.response.headers["x-gateway-cache"] == "MISS"


# Streams


def streamed(client, request: dict) -> tuple[str, list]:
    raw = client.chat.completions.with_raw_response.create(**request, stream=True)
    return raw.headers["x-gateway-cache"], list(raw.parse())


def test_a_stream_is_replayed_as_a_stream(client, prompt):
    first, chunks = streamed(client, asking(prompt))
    second, replayed = streamed(client, asking(prompt))
    assert [first, second] == ["MISS", "HIT"]
    assert text_of(replayed) == text_of(chunks)
    assert [c.choices[0].finish_reason for c in replayed if c.choices and c.choices[0].finish_reason] == ["stop"]


def test_a_stream_answers_a_later_plain_request(client, prompt):
    _, chunks = streamed(client, asking(prompt))
    raw = client.chat.completions.with_raw_response.create(**asking(prompt))
    assert raw.headers["x-gateway-cache"] == "HIT"
    answer = raw.parse()
    assert answer.object == "chat.completion"
    assert answer.choices[0].message.content == text_of(chunks)
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0


def test_a_plain_answer_is_replayed_as_a_stream(client, prompt):
    plain = client.chat.completions.create(**asking(prompt))
    hit, chunks = streamed(client, asking(prompt))
    assert hit == "HIT"
    assert all(chunk.object == "chat.completion.chunk" for chunk in chunks)
    assert text_of(chunks) == plain.choices[0].message.content
    assert [c.choices[0].finish_reason for c in chunks if c.choices and c.choices[0].finish_reason] == ["stop"]


@pytest.mark.parametrize("stored_as", ["plain", "stream", "stream with usage"])
def test_a_replayed_stream_states_its_usage_only_when_asked(client, prompt, stored_as):
    with_usage = {"stream_options": {"include_usage": True}}
    if stored_as == "plain":
        client.chat.completions.create(**asking(prompt))
    else:
        streamed(client, asking(prompt, **(with_usage if "usage" in stored_as else {})))

    hit, chunks = streamed(client, asking(prompt))
    assert hit == "HIT"
    assert all(chunk.usage is None and chunk.choices for chunk in chunks)

    hit, chunks = streamed(client, asking(prompt, **with_usage))
    assert hit == "HIT"
    assert chunks[-1].choices == []
    assert chunks[-1].usage.total_tokens > 0
    assert all(chunk.usage is None for chunk in chunks[:-1])


def test_a_streamed_tool_call_is_replayed_either_way(client, prompt):
    request = asking(prompt, tools=[WEATHER])
    _, chunks = streamed(client, request)
    streamed_arguments = "".join(
        delta.function.arguments or "" for chunk in chunks for delta in chunk.choices[0].delta.tool_calls or []
    )
    raw = client.chat.completions.with_raw_response.create(**request)
    assert raw.headers["x-gateway-cache"] == "HIT"
    assert raw.parse().choices[0].message.tool_calls[0].function.arguments == streamed_arguments
    assert raw.parse().choices[0].finish_reason == "tool_calls"


# Asking for something else


def test_off_neither_reads_nor_writes(client, prompt):
    off = {"x-gateway-cache": "off"}
    assert [outcome(client, asking(prompt), **off) for _ in range(2)] == ["BYPASS", "BYPASS"]
    assert outcome(client, asking(prompt)) == "MISS"
    assert outcome(client, asking(prompt), **off) == "BYPASS"


def test_no_store_is_off_in_the_words_of_http(client, prompt):
    assert outcome(client, asking(prompt), **{"cache-control": "no-store"}) == "BYPASS"
    assert outcome(client, asking(prompt)) == "MISS"


def test_refresh_asks_upstream_and_keeps_the_new_answer(client, prompt):
    assert outcome(client, asking(prompt)) == "MISS"
    assert outcome(client, asking(prompt), **{"x-gateway-cache": "refresh"}) != "HIT"
    assert outcome(client, asking(prompt)) == "HIT"


def test_only_answers_from_the_cache_or_not_at_all(client, prompt):
    only = {"x-gateway-cache": "only"}
    with pytest.raises(openai.InternalServerError) as refused:
        client.chat.completions.create(**asking(prompt), extra_headers=only)
    assert refused.value.status_code == 504
    assert refused.value.code == "cache_miss"
    assert outcome(client, asking(prompt)) == "MISS"
    assert outcome(client, asking(prompt), **only) == "HIT"
