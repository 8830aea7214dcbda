"""Chat through the gateway with the OpenAI client: plain, streamed, with tools and with structured output."""

import asyncio
import json
import math
import uuid

import openai
import pydantic
import pytest

from conftest import MODEL, asking

WEATHER = {
    "type": "function",
    "function": {
        "name": "look_up_weather",
        "description": "The weather in a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "unit": {"type": "string", "enum": ["celsius", "kelvin"]}},
            "required": ["city", "unit"],
        },
    },
}


class Place(pydantic.BaseModel):
    city: str
    country: str


def text_of(chunks) -> str:
    return "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)


def assert_adds_up(usage) -> None:
    assert usage.prompt_tokens > 0
    assert usage.completion_tokens > 0
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens


# Plain answers


def test_a_plain_request_is_answered(client, prompt):
    answer = client.chat.completions.create(**asking(prompt))
    assert answer.object == "chat.completion"
    assert answer.choices[0].message.role == "assistant"
    assert answer.choices[0].message.content
    assert answer.choices[0].finish_reason == "stop"
    assert_adds_up(answer.usage)


def test_the_answers_headers_say_who_answered(client, prompt):
    raw = client.chat.completions.with_raw_response.create(**asking(prompt))
    assert raw.headers["content-type"].startswith("application/json")
    assert raw.headers["x-gateway-cache"] == "MISS"
    assert raw.headers["x-gateway-model"] == MODEL
    assert raw.headers["x-gateway-provider"]
    assert uuid.UUID(raw.headers["x-gateway-request-id"])
    assert float(raw.headers["x-gateway-cost-usd"]) > 0
    assert float(raw.headers["x-gateway-overhead-ms"]) >= 0
    assert raw.parse()._request_id


async def test_an_async_request_is_answered(async_client, prompt):
    answer = await async_client.chat.completions.create(**asking(prompt))
    assert answer.choices[0].message.content
    assert_adds_up(answer.usage)


async def test_many_requests_at_once_get_each_their_own_answer(async_client, prompt):
    questions = [f"{prompt} number {n}" for n in range(32)]
    answers = await asyncio.gather(*(async_client.chat.completions.create(**asking(q)) for q in questions))
    assert len({answer.id for answer in answers}) == len(questions)
    # Asked again, one after the other, each question finds the answer that it got in the crowd.
    for question, answer in zip(questions, answers):
        again = await async_client.chat.completions.create(**asking(question))
        assert again.choices[0].message.content == answer.choices[0].message.content


def test_fields_that_the_gateway_does_not_know_do_no_harm(client, prompt):
    unknown = {"x_unknown": {"big": 2**63 + 1, "spelled": 1.0, "nothing": None, "words": ["\u0000", "ß", "日本"]}}
    answer = client.chat.completions.create(**asking(prompt, extra_body=unknown))
    assert answer.choices[0].message.content


# Streams


def test_a_stream_comes_in_pieces_that_make_the_plain_answer(client, prompt):
    chunks = list(client.chat.completions.create(**asking(prompt, stream=True)))
    assert sum(1 for chunk in chunks if text_of([chunk])) > 1
    assert [c.choices[0].finish_reason for c in chunks if c.choices and c.choices[0].finish_reason] == ["stop"]
    plain = client.chat.completions.create(**asking(prompt))
    assert text_of(chunks) == plain.choices[0].message.content


async def test_an_async_stream_comes_in_pieces(async_client, prompt):
    stream = await async_client.chat.completions.create(**asking(prompt, stream=True))
    chunks = [chunk async for chunk in stream]
    assert sum(1 for chunk in chunks if text_of([chunk])) > 1


def test_usage_that_was_not_asked_for_is_kept_from_the_stream(client, prompt):
    chunks = list(client.chat.completions.create(**asking(prompt, stream=True)))
    assert all(chunk.usage is None for chunk in chunks)
    assert all(chunk.choices for chunk in chunks)


def test_usage_that_was_asked_for_is_the_streams_last_chunk(client, prompt):
    chunks = list(
        client.chat.completions.create(**asking(prompt, stream=True, stream_options={"include_usage": True}))
    )
    assert chunks[-1].choices == []
    assert_adds_up(chunks[-1].usage)
    assert all(chunk.usage is None for chunk in chunks[:-1])


def test_usage_declined_on_purpose_is_kept_from_the_stream(client, prompt):
    chunks = list(
        client.chat.completions.create(**asking(prompt, stream=True, stream_options={"include_usage": False}))
    )
    assert all(chunk.usage is None and chunk.choices for chunk in chunks)


def test_a_stream_left_half_way_does_not_trouble_the_next_request(client, prompt):
    with client.chat.completions.create(**asking(prompt, stream=True)) as stream:
        next(iter(stream))
    assert client.chat.completions.create(**asking(prompt + "!")).choices[0].message.content


# Tools


def test_a_tool_is_called_and_its_result_answered(client, prompt):
    conversation = asking(prompt, tools=[WEATHER])
    asked = client.chat.completions.create(**conversation)
    assert asked.choices[0].finish_reason == "tool_calls"
    call = asked.choices[0].message.tool_calls[0]
    assert call.function.name == "look_up_weather"
    assert {"city", "unit"} <= json.loads(call.function.arguments).keys()

    conversation["messages"] += [
        asked.choices[0].message.model_dump(exclude_none=True),
        {"role": "tool", "tool_call_id": call.id, "content": '{"celsius": 21}'},
    ]
    answer = client.chat.completions.create(**conversation)
    assert answer.choices[0].message.content
    assert answer.choices[0].finish_reason == "stop"


def test_a_streamed_tool_call_is_put_together_from_its_deltas(client, prompt):
    arguments = ""
    names = []
    identifiers = []
    finish_reasons = []
    for chunk in client.chat.completions.create(**asking(prompt, tools=[WEATHER], stream=True)):
        choice = chunk.choices[0]
        for delta in choice.delta.tool_calls or []:
            assert delta.index == 0
            names += [delta.function.name] if delta.function.name else []
            identifiers += [delta.id] if delta.id else []
            arguments += delta.function.arguments or ""
        finish_reasons += [choice.finish_reason] if choice.finish_reason else []
    assert names == ["look_up_weather"]
    assert len(identifiers) == 1
    assert {"city", "unit"} <= json.loads(arguments).keys()
    assert finish_reasons == ["tool_calls"]


async def test_the_async_stream_helper_sees_the_finished_tool_call(async_client, prompt):
    async with async_client.chat.completions.stream(**asking(prompt, tools=[WEATHER])) as stream:
        finished = [e async for e in stream if e.type == "tool_calls.function.arguments.done"]
    assert [event.name for event in finished] == ["look_up_weather"]
    assert {"city", "unit"} <= json.loads(finished[0].arguments).keys()


# Structured output


def test_a_json_object_is_answered_when_asked_for(client, prompt):
    answer = client.chat.completions.create(**asking(prompt + " As JSON.", response_format={"type": "json_object"}))
    assert isinstance(json.loads(answer.choices[0].message.content), dict)


def test_a_json_schema_is_kept_to(client, prompt):
    schema = {
        "type": "object",
        "properties": {"zebra": {"type": "string"}, "apple": {"type": "string"}},
        "required": ["zebra", "apple"],
        "additionalProperties": False,
    }
    format = {"type": "json_schema", "json_schema": {"name": "pair", "strict": True, "schema": schema}}
    answer = client.chat.completions.create(**asking(prompt, response_format=format))
    assert json.loads(answer.choices[0].message.content).keys() == {"zebra", "apple"}


def test_the_clients_parse_helper_makes_a_typed_value(client, prompt):
    answer = client.chat.completions.parse(**asking(prompt, response_format=Place))
    assert isinstance(answer.choices[0].message.parsed, Place)


def test_structured_output_can_be_streamed(client, prompt):
    chunks = client.chat.completions.create(
        **asking(prompt + " As JSON.", response_format={"type": "json_object"}, stream=True)
    )
    assert isinstance(json.loads(text_of(chunks)), dict)


# Models and embeddings


def test_the_models_are_listed_and_found_by_name(client):
    names = [model.id for model in client.models.list()]
    assert MODEL in names
    assert len(names) == len(set(names))
    assert client.models.retrieve(MODEL).id == MODEL


def test_embeddings_pass_through_as_the_client_asks_by_default(client):
    # The client asks for base64 and decodes it.
    answer = client.embeddings.create(model="text-embedding-3-small", input=["one", "two"])
    first, second = (item.embedding for item in answer.data)
    assert len(first) == len(second) > 0
    assert all(math.isfinite(number) for number in first + second)
    assert first != second


def test_embeddings_pass_through_as_floats(client):
    answer = client.embeddings.create(model="text-embedding-3-small", input="one", encoding_format="float")
    assert all(isinstance(number, float) for number in answer.data[0].embedding)


async def test_embeddings_pass_through_async(async_client):
    answer = await async_client.embeddings.create(model="text-embedding-3-small", input="one")
    assert answer.data[0].embedding
    assert answer.usage.total_tokens > 0


# Errors


def test_a_wrong_key_is_an_authentication_error(make_client, prompt):
    # The simulated upstream refuses this one key, in the words of the real one.
    with pytest.raises(openai.AuthenticationError) as refused:
        make_client("sk-invalid").chat.completions.create(**asking(prompt))
    assert refused.value.status_code == 401
    assert refused.value.code == "invalid_api_key"
    assert refused.value.request_id


async def test_a_wrong_key_is_an_authentication_error_before_a_stream_begins(async_client, prompt):
    with pytest.raises(openai.AuthenticationError):
        await async_client.with_options(api_key="sk-invalid").chat.completions.create(**asking(prompt, stream=True))


def test_an_unknown_route_below_v1_is_the_upstreams_to_refuse(client):
    with pytest.raises(openai.NotFoundError) as refused:
        client.get("/no/such/route", cast_to=object)
    assert "x-gateway-error" not in refused.value.response.headers


def test_a_route_outside_v1_is_refused_by_the_gateway_in_the_openai_shape(client, base_url):
    elsewhere = client.with_options(base_url=base_url.removesuffix("/v1") + "/v2")
    with pytest.raises(openai.NotFoundError) as refused:
        elsewhere.models.list()
    assert refused.value.response.headers["x-gateway-error"] == "unknown_route"
    assert refused.value.response.json()["error"].keys() == {"message", "type", "param", "code"}
    assert refused.value.code == "unknown_route"


def test_a_body_that_is_not_json_is_a_bad_request(client):
    with pytest.raises(openai.BadRequestError) as refused:
        client.post("/chat/completions", content=b'{"model": "gpt-4o-mini", "messages": [', cast_to=object)
    assert refused.value.response.headers["x-gateway-error"] == "invalid_json"
    assert refused.value.code == "invalid_json"
