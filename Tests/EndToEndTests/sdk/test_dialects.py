"""The endpoints beside chat completions, through OpenAI's and Anthropic's own clients."""

import anthropic
import pytest

from conftest import MODEL, TIMEOUT_SECONDS


@pytest.fixture
def claude(base_url):
    """Anthropic's client, which brings the /v1 of its paths itself."""
    with anthropic.Anthropic(
        base_url=base_url.removesuffix("/v1"), api_key="sk-test", max_retries=0, timeout=TIMEOUT_SECONDS
    ) as made:
        yield made


def test_completions_are_cached_whole_and_streamed(client, prompt):
    request = {"model": "gpt-3.5-turbo-instruct", "prompt": prompt}
    whole = [client.completions.with_raw_response.create(**request) for _ in range(2)]
    assert [answer.headers["x-gateway-cache"] for answer in whole] == ["MISS", "HIT"]
    assert whole[0].content == whole[1].content
    text = whole[0].parse().choices[0].text
    for _ in range(2):
        assert "".join(chunk.choices[0].text for chunk in client.completions.create(**request, stream=True)) == text


def test_embeddings_are_cached(client, prompt):
    request = {"model": "text-embedding-3-small", "input": [prompt, "another"]}
    answers = [client.embeddings.with_raw_response.create(**request) for _ in range(2)]
    assert [answer.headers["x-gateway-cache"] for answer in answers] == ["MISS", "HIT"]
    assert answers[0].headers["x-gateway-task"] == "embedding"
    assert answers[0].parse().data[0].embedding == answers[1].parse().data[0].embedding
    assert float(answers[0].headers["x-gateway-cost-usd"]) > 0


@pytest.mark.parametrize(("store", "outcomes"), [(False, ["MISS", "HIT"]), (True, ["BYPASS", "BYPASS"])])
def test_responses_are_cached_unless_the_provider_keeps_them(client, prompt, store, outcomes):
    request = {"model": MODEL, "input": prompt, "store": store}
    answers = [client.responses.with_raw_response.create(**request) for _ in range(2)]
    assert [answer.headers["x-gateway-cache"] for answer in answers] == outcomes
    assert answers[0].parse().output_text == answers[1].parse().output_text


def test_a_streamed_response_replays_as_it_came(client, prompt):
    request = {"model": MODEL, "input": prompt, "store": False}
    finals = []
    for _ in range(2):
        with client.responses.stream(**request) as stream:
            events = [event.type for event in stream]
            finals.append(stream.get_final_response())
        assert events[0] == "response.created" and events[-1] == "response.completed"
    assert finals[0] == finals[1] and finals[0].usage.output_tokens > 0


def test_anthropics_client_has_its_messages_cached(claude, prompt):
    request = {"model": "claude-haiku-4-5", "max_tokens": 99, "messages": [{"role": "user", "content": prompt}]}
    answers = [claude.messages.with_raw_response.create(**request) for _ in range(2)]
    assert [answer.headers["x-gateway-cache"] for answer in answers] == ["MISS", "HIT"]
    assert answers[0].parse() == answers[1].parse()
    assert float(answers[0].headers["x-gateway-cost-usd"]) > 0
    for _ in range(2):
        with claude.messages.stream(**request) as stream:
            assert "".join(stream.text_stream) == answers[0].parse().content[0].text
            assert stream.get_final_message().usage.output_tokens > 0
