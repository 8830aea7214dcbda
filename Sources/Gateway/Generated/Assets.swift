// Written by tools/embed-assets from the files in conf/; edit those.
// swift-format-ignore-file

/// The files that the program carries with it.
package enum Assets {
    /// The model catalogue: providers, models and dated prices.
    package static let modelCatalogue = #"""
// The model catalogue that comes with the gateway: where each model is asked for, what it can do, what it costs.
//
// Prices are US dollars a million tokens, as published; every digit counts, since they are read as exact decimals.
// Each price says from which day it holds ("from": the day it took effect, or the day it was read where that is all
// that is known) and where it was read ("source"). All were read on 2026-11-23. A new price is a new entry in the list;
// old entries stay, so that old calls are still priced by what held on their day, and so do retired models.
//
//   input, cached_input, output     the three usual rates; without cached_input, cached tokens cost as much as others
//   cache_write, cache_write_long   tokens written to the provider's prompt cache, for minutes and for an hour
//   audio_input                     audio tokens of the prompt
//   long_context                    rates to which the whole call moves when its prompt has more tokens than
//                                   above_input_tokens, cached ones included
//   tier                            1 to 4 by output price: 1 up to 1 dollar, 2 up to 5, 3 up to 20, 4 above
//   context, max_output             tokens of prompt and of answer; capabilities: what a request may ask for
//   retires                         from this day its provider no longer answers for it
//
// Batch, flex and priority rates are not in here: the gateway forwards calls that are billed at the standard rate.
// Entries in the file that --config names are merged with these by name; a list, such as prices, replaces the one here.
{
    // A provider in here comes into force when the environment has its key, or when the configuration names it
    // (providers: { anthropic: {} } is enough). "openai" always is. A model whose provider is not in force goes to a
    // provider of the same dialect where the dialect is not OpenAI's, else to default_provider.
    providers: {
        openai: { kind: "openai", base_url: "https://api.openai.com/v1", api_key: "env:OPENAI_API_KEY" },
        anthropic: {
            kind: "anthropic", base_url: "https://api.anthropic.com", api_key: "env:ANTHROPIC_API_KEY",
            health: { path: "/v1/models" },
        },
        gemini: {
            kind: "openai", base_url: "https://generativelanguage.googleapis.com/v1beta/openai",
            api_key: "env:GEMINI_API_KEY",
        },
        deepseek: { kind: "openai", base_url: "https://api.deepseek.com/v1", api_key: "env:DEEPSEEK_API_KEY" },
        mistral: { kind: "openai", base_url: "https://api.mistral.ai/v1", api_key: "env:MISTRAL_API_KEY" },
        groq: { kind: "openai", base_url: "https://api.groq.com/openai/v1", api_key: "env:GROQ_API_KEY" },
        xai: { kind: "openai", base_url: "https://api.x.ai/v1", api_key: "env:XAI_API_KEY" },
        deepinfra: {
            kind: "openai", base_url: "https://api.deepinfra.com/v1/openai", api_key: "env:DEEPINFRA_API_KEY",
        },
        nebius: { kind: "openai", base_url: "https://api.studio.nebius.com/v1", api_key: "env:NEBIUS_API_KEY" },
        together: { kind: "openai", base_url: "https://api.together.xyz/v1", api_key: "env:TOGETHER_API_KEY" },
    },
    models: {
        // OpenAI. Above 272,000 tokens of prompt some cost twice the input and 1.5 times the output.
        "gpt-4o": {
            provider: "openai", tier: 3, context: 128000, max_output: 16384,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2024-10-01", source: "LiteLLM 1.109.1", input: 2.50, cached_input: 1.25, output: 10.00,
            }],
        },
        "gpt-4o-mini": {
            provider: "openai", tier: 1, context: 128000, max_output: 16384,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.15, cached_input: 0.075, output: 0.60,
            }],
        },
        "gpt-4.1": {
            provider: "openai", tier: 3, context: 1047576, max_output: 32768,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 2.00, cached_input: 0.50, output: 8.00,
            }],
        },
        "gpt-4.1-mini": {
            provider: "openai", tier: 2, context: 1047576, max_output: 32768,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.40, cached_input: 0.10, output: 1.60,
            }],
        },
        "gpt-4.1-nano": {
            provider: "openai", tier: 1, context: 1047576, max_output: 32768, retires: "2026-10-23",
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.10, cached_input: 0.025, output: 0.40,
            }],
        },
        "gpt-5": {
            provider: "openai", tier: 3, context: 272000, max_output: 128000, retires: "2026-12-11",
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 1.25, cached_input: 0.125, output: 10.00,
            }],
        },
        "gpt-5-mini": {
            provider: "openai", tier: 2, context: 272000, max_output: 128000, retires: "2026-12-11",
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.25, cached_input: 0.025, output: 2.00,
            }],
        },
        "gpt-5-nano": {
            provider: "openai", tier: 1, context: 272000, max_output: 128000, retires: "2026-12-11",
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.05, cached_input: 0.005, output: 0.40,
            }],
        },
        "gpt-5.1": {
            provider: "openai", tier: 3, context: 272000, max_output: 128000,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 1.25, cached_input: 0.125, output: 10.00,
            }],
        },
        "gpt-5.2": {
            provider: "openai", tier: 3, context: 272000, max_output: 128000,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 1.75, cached_input: 0.175, output: 14.00,
            }],
        },
        "gpt-5.4": {
            provider: "openai", tier: 3, context: 1050000, max_output: 128000,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1",
                input: 2.50, cached_input: 0.25, output: 15.00,
                long_context: {
                    above_input_tokens: 272000,
                    input: 5.00, cached_input: 0.50, output: 22.50,
                },
            }],
        },
        "gpt-5.4-mini": {
            provider: "openai", tier: 2, context: 272000, max_output: 128000,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.75, cached_input: 0.075, output: 4.50,
            }],
        },
        "gpt-5.4-nano": {
            provider: "openai", tier: 2, context: 272000, max_output: 128000,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.20, cached_input: 0.02, output: 1.25,
            }],
        },
        "gpt-5.5": {
            provider: "openai", tier: 4, context: 1050000, max_output: 128000,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1",
                input: 5.00, cached_input: 0.50, output: 30.00,
                long_context: {
                    above_input_tokens: 272000,
                    input: 10.00, cached_input: 1.00, output: 45.00,
                },
            }],
        },
        "gpt-5.6-sol": {
            provider: "openai", tier: 3, context: 922000, max_output: 128000,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1",
                input: 4.00, cached_input: 0.40, cache_write: 5.00, output: 20.00,
                long_context: {
                    above_input_tokens: 272000,
                    input: 8.00, cached_input: 0.80, cache_write: 10.00, output: 30.00,
                },
            }],
        },
        "gpt-5.6-terra": {
            provider: "openai", tier: 3, context: 922000, max_output: 128000,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1",
                input: 2.00, cached_input: 0.20, cache_write: 2.50, output: 12.00,
                long_context: {
                    above_input_tokens: 272000,
                    input: 4.00, cached_input: 0.40, cache_write: 5.00, output: 18.00,
                },
            }],
        },
        "gpt-5.6-luna": {
            provider: "openai", tier: 2, context: 922000, max_output: 128000,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1",
                input: 0.20, cached_input: 0.02, cache_write: 0.25, output: 1.20,
                long_context: {
                    above_input_tokens: 272000,
                    input: 0.40, cached_input: 0.04, cache_write: 0.50, output: 1.80,
                },
            }],
        },
        "gpt-6-astra": {
            provider: "openai", tier: 4, context: 922000, max_output: 128000,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1",
                input: 10.00, cached_input: 1.00, cache_write: 12.50, output: 50.00,
                long_context: {
                    above_input_tokens: 272000,
                    input: 20.00, cached_input: 2.00, cache_write: 25.00, output: 75.00,
                },
            }],
        },
        "gpt-6-sol": {
            provider: "openai", tier: 3, context: 922000, max_output: 128000,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1",
                input: 2.00, cached_input: 0.20, cache_write: 2.50, output: 10.00,
                long_context: {
                    above_input_tokens: 272000,
                    input: 4.00, cached_input: 0.40, cache_write: 5.00, output: 15.00,
                },
            }],
        },
        "gpt-6-luna": {
            provider: "openai", tier: 1, context: 922000, max_output: 128000,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1",
                input: 0.10, cached_input: 0.01, cache_write: 0.125, output: 0.50,
                long_context: {
                    above_input_tokens: 272000,
                    input: 0.20, cached_input: 0.02, cache_write: 0.25, output: 0.75,
                },
            }],
        },
        "gpt-6.1-sol": {
            provider: "openai", tier: 3, context: 922000, max_output: 128000,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1",
                input: 2.00, cached_input: 0.10, cache_write: 2.50, output: 10.00,
                long_context: {
                    above_input_tokens: 272000,
                    input: 4.00, cached_input: 0.20, cache_write: 5.00, output: 15.00,
                },
            }],
        },
        "gpt-6.1-terra": {
            provider: "openai", tier: 2, context: 922000, max_output: 128000,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1",
                input: 1.00, cached_input: 0.05, cache_write: 1.25, output: 5.00,
                long_context: {
                    above_input_tokens: 272000,
                    input: 2.00, cached_input: 0.10, cache_write: 2.50, output: 7.50,
                },
            }],
        },
        "o1": {
            provider: "openai", tier: 4, context: 200000, max_output: 100000, retires: "2026-10-23",
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 15.00, cached_input: 7.50, output: 60.00,
            }],
        },
        "o3": {
            provider: "openai", tier: 3, context: 200000, max_output: 100000, retires: "2026-12-11",
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 2.00, cached_input: 0.50, output: 8.00,
            }],
        },
        "o3-mini": {
            provider: "openai", tier: 2, context: 200000, max_output: 100000, retires: "2026-10-23",
            capabilities: ["tools", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 1.10, cached_input: 0.55, output: 4.40,
            }],
        },
        "o4-mini": {
            provider: "openai", tier: 2, context: 200000, max_output: 100000, retires: "2026-10-23",
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 1.10, cached_input: 0.275, output: 4.40,
            }],
        },
        "text-embedding-3-small": {
            provider: "openai", context: 8191,
            capabilities: ["embeddings"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.02,
            }],
        },
        "text-embedding-3-large": {
            provider: "openai", context: 8191,
            capabilities: ["embeddings"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.13,
            }],
        },

        // Anthropic.
        "claude-haiku-4-5": {
            provider: "anthropic", tier: 2, context: 200000, max_output: 64000,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1",
                input: 1.00, cached_input: 0.10, cache_write: 1.25, cache_write_long: 2.00, output: 5.00,
            }],
        },
        "claude-sonnet-4-5": {
            provider: "anthropic", tier: 3, context: 200000, max_output: 64000, retires: "2026-11-30",
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1",
                input: 3.00, cached_input: 0.30, cache_write: 3.75, cache_write_long: 6.00, output: 15.00,
            }],
        },
        "claude-sonnet-4-6": {
            provider: "anthropic", tier: 3, context: 1000000, max_output: 128000,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1",
                input: 3.00, cached_input: 0.30, cache_write: 3.75, cache_write_long: 6.00, output: 15.00,
            }],
        },
        "claude-sonnet-5": {
            provider: "anthropic", tier: 3, context: 1000000, max_output: 128000,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1",
                input: 2.00, cached_input: 0.20, cache_write: 2.50, cache_write_long: 4.00, output: 10.00,
            }],
        },
        "claude-sonnet-5-5": {
            provider: "anthropic", tier: 3, context: 1000000, max_output: 128000,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1",
                input: 2.00, cached_input: 0.10, cache_write: 2.50, cache_write_long: 4.00, output: 10.00,
            }],
        },
        "claude-haiku-5-5": {
            provider: "anthropic", tier: 1, context: 1000000, max_output: 128000,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1",
                input: 0.10, cached_input: 0.01, cache_write: 0.125, cache_write_long: 0.20, output: 0.50,
                long_context: {
                    above_input_tokens: 100000,
                    input: 0.50, cached_input: 0.05, cache_write: 0.625, cache_write_long: 1.00, output: 2.50,
                },
            }],
        },
        "claude-opus-4-5": {
            provider: "anthropic", tier: 4, context: 200000, max_output: 64000,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1",
                input: 5.00, cached_input: 0.50, cache_write: 6.25, cache_write_long: 10.00, output: 25.00,
            }],
        },
        "claude-opus-4-6": {
            provider: "anthropic", tier: 4, context: 1000000, max_output: 128000,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1",
                input: 5.00, cached_input: 0.50, cache_write: 6.25, cache_write_long: 10.00, output: 25.00,
            }],
        },
        "claude-opus-4-7": {
            provider: "anthropic", tier: 4, context: 1000000, max_output: 128000,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1",
                input: 5.00, cached_input: 0.50, cache_write: 6.25, cache_write_long: 10.00, output: 25.00,
            }],
        },
        "claude-opus-4-8": {
            provider: "anthropic", tier: 4, context: 1000000, max_output: 128000,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1",
                input: 5.00, cached_input: 0.50, cache_write: 6.25, cache_write_long: 10.00, output: 25.00,
            }],
        },
        "claude-opus-5": {
            provider: "anthropic", tier: 4, context: 1000000, max_output: 128000,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1",
                input: 5.00, cached_input: 0.50, cache_write: 6.25, cache_write_long: 10.00, output: 25.00,
            }],
        },
        "claude-opus-5-5": {
            provider: "anthropic", tier: 3, context: 1000000, max_output: 128000,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1",
                input: 4.00, cached_input: 0.20, cache_write: 5.00, cache_write_long: 8.00, output: 20.00,
            }],
        },
        "claude-fable-5": {
            provider: "anthropic", tier: 4, context: 1000000, max_output: 128000,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1",
                input: 10.00, cached_input: 1.00, cache_write: 12.50, cache_write_long: 20.00, output: 50.00,
            }],
        },
        "claude-fable-5-1": {
            provider: "anthropic", tier: 4, context: 1000000, max_output: 128000,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1",
                input: 10.00, cached_input: 0.25, cache_write: 12.50, cache_write_long: 20.00, output: 50.00,
            }],
        },
        "claude-mythos-5": {
            provider: "anthropic", tier: 4, context: 1000000, max_output: 128000,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1",
                input: 10.00, cached_input: 1.00, cache_write: 12.50, cache_write_long: 20.00, output: 50.00,
            }],
        },

        // Google.
        "gemini-2.5-pro": {
            provider: "gemini", tier: 3, context: 1048576, max_output: 65536,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1",
                input: 1.25, cached_input: 0.125, output: 10.00,
                long_context: {
                    above_input_tokens: 200000,
                    input: 2.50, cached_input: 0.25, output: 15.00,
                },
            }],
        },
        "gemini-2.5-flash": {
            provider: "gemini", tier: 2, context: 1048576, max_output: 65536,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1",
                input: 0.30, cached_input: 0.03, audio_input: 1.00, output: 2.50,
            }],
        },
        "gemini-2.5-flash-lite": {
            provider: "gemini", tier: 1, context: 1048576, max_output: 65536,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.10, cached_input: 0.01, output: 0.40,
            }],
        },
        "gemini-3.1-pro-preview": {
            provider: "gemini", tier: 3, context: 1048576, max_output: 65536,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1",
                input: 2.00, cached_input: 0.20, output: 12.00,
                long_context: {
                    above_input_tokens: 200000,
                    input: 4.00, cached_input: 0.40, output: 18.00,
                },
            }],
        },
        "gemini-3.5-flash": {
            provider: "gemini", tier: 3, context: 1048576, max_output: 65536,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 1.50, cached_input: 0.15, output: 9.00,
            }],
        },
        "gemini-3.8-flash": {
            provider: "gemini", tier: 2, context: 1048576, max_output: 65536,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.75, cached_input: 0.075, output: 3.75,
            }],
        },
        // max_output as listed at the source; it may be a mistake there.
        "gemini-4-argon": {
            provider: "gemini", tier: 3, context: 1048576, max_output: 1048576,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 2.00, cached_input: 0.10, output: 10.00,
            }],
        },

        // DeepSeek.
        "deepseek-chat": {
            provider: "deepseek", tier: 1, context: 131072, max_output: 8192, retires: "2026-07-24",
            capabilities: ["tools", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.28, cached_input: 0.028, output: 0.42,
            }],
        },
        "deepseek-reasoner": {
            provider: "deepseek", tier: 1, context: 131072, max_output: 65536, retires: "2026-07-24",
            capabilities: ["json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.28, cached_input: 0.028, output: 0.42,
            }],
        },
        "deepseek-v4-flash": {
            provider: "deepseek", tier: 2, context: 1000000, max_output: 393216,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.30, cached_input: 0.006, output: 1.20,
            }],
        },
        "deepseek-v4-pro": {
            provider: "deepseek", tier: 2, context: 1000000, max_output: 393216,
            capabilities: ["tools", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 1.32, cached_input: 0.044, output: 3.96,
            }],
        },

        // Mistral.
        "mistral-large-latest": {
            provider: "mistral", tier: 2, context: 262144, max_output: 262144,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.50, cached_input: 0.05, output: 1.50,
            }],
        },
        "mistral-large-4": {
            provider: "mistral", tier: 2, context: 1048576, max_output: 1048576,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 1.36, cached_input: 0.14, output: 4.18,
            }],
        },
        "mistral-medium-latest": {
            provider: "mistral", tier: 3, context: 262144, max_output: 262144,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 1.50, cached_input: 0.15, output: 7.50,
            }],
        },
        "mistral-small-latest": {
            provider: "mistral", tier: 1, context: 262144, max_output: 262144,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.15, cached_input: 0.015, output: 0.60,
            }],
        },
        "codestral-latest": {
            provider: "mistral", tier: 1, context: 128000, max_output: 128000,
            capabilities: ["tools", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.30, cached_input: 0.03, output: 0.90,
            }],
        },

        // xAI.
        "grok-4.7": {
            provider: "xai", tier: 3, context: 500000, max_output: 500000,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1",
                input: 2.00, cached_input: 0.50, output: 6.00,
                long_context: {
                    above_input_tokens: 200000,
                    input: 4.00, cached_input: 1.00, output: 12.00,
                },
            }],
        },
        "grok-4.20": {
            provider: "xai", tier: 2, context: 1000000, max_output: 1000000,
            capabilities: ["tools", "vision", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1",
                input: 1.25, cached_input: 0.20, output: 2.50,
                long_context: {
                    above_input_tokens: 200000,
                    input: 2.50, cached_input: 0.40, output: 5.00,
                },
            }],
        },

        // Open models. One model costs something else at each host, so their names here begin with the host; azure,
        // vertex and bedrock are in force once the configuration has providers of these names.
        "groq/gpt-oss-120b": {
            provider: "groq", upstream_name: "openai/gpt-oss-120b",
            tier: 1, context: 131072, max_output: 65536,
            capabilities: ["tools", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.15, cached_input: 0.075, output: 0.60,
            }],
        },
        "groq/gpt-oss-20b": {
            provider: "groq", upstream_name: "openai/gpt-oss-20b",
            tier: 1, context: 131072, max_output: 65536,
            capabilities: ["tools", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1",
                input: 0.075, cached_input: 0.0375, output: 0.30,
            }],
        },
        "deepinfra/llama-3.3-70b": {
            provider: "deepinfra", upstream_name: "meta-llama/Llama-3.3-70B-Instruct-Turbo",
            tier: 1, context: 131072, max_output: 131072,
            capabilities: ["tools"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.10, output: 0.32,
            }],
        },
        "nebius/llama-3.3-70b": {
            provider: "nebius", upstream_name: "meta-llama/Llama-3.3-70B-Instruct",
            tier: 1, context: 131072, max_output: 131072,
            capabilities: ["tools"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.13, output: 0.40,
            }],
        },
        "together/llama-3.3-70b": {
            provider: "together", upstream_name: "meta-llama/Llama-3.3-70B-Instruct-Turbo",
            tier: 2, context: 131072, max_output: 131072, retires: "2026-10-22",
            capabilities: ["tools", "json_schema"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 1.04, output: 1.04,
            }],
        },
        "azure/llama-3.3-70b": {
            provider: "azure", upstream_name: "Llama-3.3-70B-Instruct",
            tier: 1, context: 128000, max_output: 8192,
            capabilities: ["tools"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.71, output: 0.71,
            }],
        },
        "vertex/llama-3.3-70b": {
            provider: "vertex", upstream_name: "meta/llama-3.3-70b-instruct-maas",
            tier: 1, context: 128000, max_output: 8192, retires: "2026-10-21",
            capabilities: ["tools"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.72, output: 0.72,
            }],
        },
        "deepinfra/llama-4-maverick": {
            provider: "deepinfra", upstream_name: "meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8",
            tier: 1, context: 1048576, max_output: 1048576,
            capabilities: ["tools"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.20, output: 0.80,
            }],
        },
        "bedrock/llama-4-maverick": {
            provider: "bedrock", upstream_name: "meta.llama4-maverick-17b-instruct-v1:0",
            tier: 1, context: 1000000, max_output: 8192,
            capabilities: ["tools"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.24, output: 0.97,
            }],
        },
        "vertex/llama-4-maverick": {
            provider: "vertex", upstream_name: "meta/llama-4-maverick-17b-128e-instruct-maas",
            tier: 2, context: 1000000, max_output: 1000000,
            capabilities: ["tools"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.35, output: 1.15,
            }],
        },
        "deepinfra/llama-4-scout": {
            provider: "deepinfra", upstream_name: "meta-llama/Llama-4-Scout-17B-16E-Instruct",
            tier: 1, context: 327680, max_output: 327680,
            capabilities: ["tools"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.10, output: 0.30,
            }],
        },
        "bedrock/llama-4-scout": {
            provider: "bedrock", upstream_name: "meta.llama4-scout-17b-instruct-v1:0",
            tier: 1, context: 10000000, max_output: 8192,
            capabilities: ["tools"],
            prices: [{
                from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.17, output: 0.66,
            }],
        },
    },
}

"""#

    /// The annotated configuration, whose values are the defaults.
    package static let exampleConfiguration = #"""
{}

"""#

    /// The JSON Schema of the configuration.
    package static let configurationSchema = #"""
{}

"""#
}
