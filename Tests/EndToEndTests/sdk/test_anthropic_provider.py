"""The OpenAI client against a provider that speaks Anthropic's Messages: the gateway translates both ways."""

import json

import openai
import pydantic
import pytest

from conftest import asking

CLAUDE = "claude-haiku-4-5"

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather of a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
TIME = {
    "type": "function",
    "function": {"name": "get_time", "parameters": {"type": "object", "properties": {"zone": {"type": "string"}}}},
}
PIXEL = (
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def request_to_claude(prompt):
    return {**asking(prompt), "model": CLAUDE}


def streamed(client, request):
    """A stream put together: its text, its calls, why it ended, what it used."""
    text, calls, reason, usage = "", {}, None, None
    for chunk in client.chat.completions.create(**request, stream=True, stream_options={"include_usage": True}):
        usage = chunk.usage or usage
        for choice in chunk.choices:
            text += choice.delta.content or ""
            reason = choice.finish_reason or reason
            for piece in choice.delta.tool_calls or []:
                call = calls.setdefault(piece.index, {"id": piece.id, "name": piece.function.name, "arguments": ""})
                call["arguments"] += piece.function.arguments or ""
    return text, [calls[index] for index in sorted(calls)], reason, usage


def test_chat_whole_streamed_and_cached_in_the_clients_dialect(client, request_to_claude):
    answers = [client.chat.completions.with_raw_response.create(**request_to_claude) for _ in range(2)]
    assert [answer.headers["x-gateway-cache"] for answer in answers] == ["MISS", "HIT"]
    assert answers[0].headers["x-gateway-provider"] == "anthropic"
    assert float(answers[0].headers["x-gateway-cost-usd"]) > 0
    whole = answers[0].parse()
    assert whole == answers[1].parse() and whole.object == "chat.completion" and whole.model == CLAUDE
    assert whole.usage.total_tokens == whole.usage.prompt_tokens + whole.usage.completion_tokens > 0
    text, _, reason, usage = streamed(client, request_to_claude)
    assert (text, reason) == (whole.choices[0].message.content, "stop")
    assert usage.completion_tokens == whole.usage.completion_tokens


def test_a_stream_that_is_not_cached(client, request_to_claude):
    text, _, reason, usage = streamed(client, request_to_claude)
    assert "simulated" in text and reason == "stop" and usage.prompt_tokens > 0


def test_an_answer_that_is_cut_says_so(client, request_to_claude):
    answer = client.chat.completions.create(**request_to_claude, max_completion_tokens=3)
    assert answer.choices[0].finish_reason == "length" and answer.usage.completion_tokens == 3


@pytest.mark.parametrize("is_stream", [False, True])
def test_tools_called_in_parallel_and_answered(client, request_to_claude, is_stream):
    request = {**request_to_claude, "tools": [WEATHER, TIME], "tool_choice": "required"}
    if is_stream:
        text, calls, reason, _ = streamed(client, request)
        message = {
            "role": "assistant",
            "content": text,
            "tool_calls": [
                {"id": call["id"], "type": "function", "function": {k: call[k] for k in ("name", "arguments")}}
                for call in calls
            ],
        }
    else:
        choice = client.chat.completions.create(**request).choices[0]
        reason, message = choice.finish_reason, choice.message.model_dump(exclude_none=True)
    assert reason == "tool_calls"
    calls = message["tool_calls"]
    assert [call["function"]["name"] for call in calls] == ["get_weather", "get_time"]
    assert len({call["id"] for call in calls}) == 2
    assert "city" in json.loads(calls[0]["function"]["arguments"])
    results = [{"role": "tool", "tool_call_id": call["id"], "content": "Sunny"} for call in calls]
    follow_up = {**request, "tool_choice": "auto", "messages": [*request["messages"], message, *results]}
    answer = client.chat.completions.create(**follow_up)
    assert answer.choices[0].finish_reason == "stop" and "The tool answered" in answer.choices[0].message.content


def test_one_tool_at_a_time(client, request_to_claude):
    answer = client.chat.completions.create(**request_to_claude, tools=[WEATHER, TIME], parallel_tool_calls=False)
    assert len(answer.choices[0].message.tool_calls) == 1


class City(pydantic.BaseModel):
    name: str
    population: int
    districts: list[str]


def test_a_json_schema_is_answered_in_its_form(client, request_to_claude):
    answer = client.chat.completions.parse(**request_to_claude, response_format=City)
    city = answer.choices[0].message.parsed
    assert city.population >= 1 and answer.choices[0].finish_reason == "stop"
    assert not answer.choices[0].message.tool_calls
    with client.chat.completions.stream(
        **{**request_to_claude, "temperature": 0.5}, response_format=City
    ) as stream:
        assert stream.get_final_completion().choices[0].message.parsed.population >= 1


def test_images_by_data_and_by_url(client, request_to_claude, prompt):
    content = [
        {"type": "text", "text": prompt},
        {"type": "image_url", "image_url": {"url": PIXEL}},
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "low"}},
    ]
    answer = client.chat.completions.create(model=CLAUDE, messages=[{"role": "user", "content": content}])
    assert answer.choices[0].message.content


def test_what_messages_do_not_know_is_left_out_and_what_they_cannot_give_is_refused(client, request_to_claude):
    unknown = {"seed": 7, "logit_bias": {"1": 1}, "presence_penalty": 0.5, "temperature": 1.7, "store": False}
    assert client.chat.completions.create(**request_to_claude, **unknown).choices[0].message.content
    with pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(**request_to_claude, n=2)
    assert refused.value.param == "n"


def test_a_refused_key_is_an_authentication_error(make_client, request_to_claude):
    with pytest.raises(openai.AuthenticationError):
        make_client("sk-invalid").chat.completions.create(**request_to_claude)


async def test_the_async_client_streams(async_client, request_to_claude):
    text = ""
    async for chunk in await async_client.chat.completions.create(**request_to_claude, stream=True):
        text += chunk.choices[0].delta.content or ""
    assert "simulated" in text


def test_azure_takes_the_same_requests(client, prompt):
    answer = client.chat.completions.with_raw_response.create(**{**asking(prompt), "model": "deployed"})
    assert answer.headers["x-gateway-provider"] == "work"
    assert answer.parse().choices[0].message.content
