// Written by tools/embed-assets from the files in conf/; edit those.
// swift-format-ignore-file

/// The files that the program carries with it.
package enum Assets {
    /// The model catalogue: providers, models and dated prices.
    package static let modelCatalogue = #"""
// The catalogue: the providers that are known, the models they serve, what those can do, and what they cost.
//
// Bundled with the gateway. Entries of your own, or other values for these, go under `providers` and `models` of
// gateway.json5: they are merged by name, key by key, and a list there, such as `prices`, replaces the one here.
//
// A price holds from a day on, until the next entry's day. A new price is a new entry in the list; old entries stay,
// and so do retired models, since old calls are priced again, by what held on their day.
//
//   provider       a name of `providers`; where that one is not in force, `default_provider` serves the model
//   upstream_name  what the provider calls it; without one, the name here
//   tier           1 to 4, what task routing asks for by complexity. By the price class of the output, in USD per
//                  million: 1 up to 1, 2 up to 5, 3 up to 15, 4 above; embeddings are 1. A price is no measure of
//                  quality: set your own tier where you know better
//   context        tokens of input; max_output: tokens of an answer. Both as listed, rounded where the list rounds
//   capabilities   tools, vision, json_schema, embeddings. Only what is known is claimed: task routing passes a model
//                  by where a request needs what it does not name; a model named by the client is served regardless
//   retires        the day from which the provider no longer serves it
//   prices         USD per million tokens, read as exact decimals:
//     from         the day they took effect, or the day they were read where that is all one knows: here always
//                  2026-11-23
//     source       where they were read; ten entries of LiteLLM's list were compared with genai-prices 0.2.3
//     input, cached_input, cache_write, cache_write_long (kept for an hour), audio_input, output, reasoning, audio_output
//                  the standard rates, as listed; cached and written tokens without a rate of their own cost what input
//                  does, reasoning what output does
//     tiers        the rates of calls of which the provider says that it bills them as batch, flex or priority; of
//                  one that is not listed the cost is not known
//     long_context the rates of the whole call once its input, cached tokens included, passes above_input_tokens
{
  // Asked once its key is in the environment or the configuration names it; `openai` always is.
  providers: {
    openai: { base_url: "https://api.openai.com/v1", api_key: "env:OPENAI_API_KEY" },
    anthropic: { kind: "anthropic", base_url: "https://api.anthropic.com", api_key: "env:ANTHROPIC_API_KEY" },
    gemini: {
      base_url: "https://generativelanguage.googleapis.com/v1beta/openai", api_key: "env:GEMINI_API_KEY",
    },
    deepseek: { base_url: "https://api.deepseek.com/v1", api_key: "env:DEEPSEEK_API_KEY" },
    mistral: { base_url: "https://api.mistral.ai/v1", api_key: "env:MISTRAL_API_KEY" },
    xai: { base_url: "https://api.x.ai/v1", api_key: "env:XAI_API_KEY" },
    groq: { base_url: "https://api.groq.com/openai/v1", api_key: "env:GROQ_API_KEY" },
    deepinfra: { base_url: "https://api.deepinfra.com/v1/openai", api_key: "env:DEEPINFRA_API_KEY" },
    together: { base_url: "https://api.together.xyz/v1", api_key: "env:TOGETHER_API_KEY" },
  },

  models: {
    // OpenAI
    "gpt-4o": {
      provider: "openai", tier: 3, context: 128000, max_output: 16384,
      capabilities: ["tools", "vision", "json_schema"],
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 2.5, cached_input: 1.25, output: 10,
        tiers: {
          priority: { input: 4.25, cached_input: 2.125, output: 17 },
        },
      }],
    },
    "gpt-4o-mini": {
      provider: "openai", tier: 1, context: 128000, max_output: 16384,
      capabilities: ["tools", "vision", "json_schema"],
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 0.15, cached_input: 0.075, output: 0.6,
        tiers: {
          priority: { input: 0.25, cached_input: 0.125, output: 1 },
        },
      }],
    },
    "gpt-4.1": {
      provider: "openai", tier: 3, context: 1047576, max_output: 32768,
      capabilities: ["tools", "vision", "json_schema"],
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 2, cached_input: 0.5, output: 8,
        tiers: {
          priority: { input: 3.5, cached_input: 0.875, output: 14 },
        },
      }],
    },
    "gpt-4.1-mini": {
      provider: "openai", tier: 2, context: 1047576, max_output: 32768,
      capabilities: ["tools", "vision", "json_schema"],
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 0.4, cached_input: 0.1, output: 1.6,
        tiers: {
          priority: { input: 0.7, cached_input: 0.175, output: 2.8 },
        },
      }],
    },
    "gpt-4.1-nano": {
      provider: "openai", tier: 1, context: 1047576, max_output: 32768, retires: "2026-10-23",
      capabilities: ["tools", "vision", "json_schema"],
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 0.1, cached_input: 0.025, output: 0.4,
        tiers: {
          priority: { input: 0.2, cached_input: 0.05, output: 0.8 },
        },
      }],
    },
    "gpt-5": {
      provider: "openai", tier: 3, context: 272000, max_output: 128000, retires: "2026-12-11",
      capabilities: ["tools", "vision", "json_schema"],
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 1.25, cached_input: 0.125, output: 10,
        tiers: {
          batch: { input: 0.625, cached_input: 0.0625, output: 5 },
          flex: { input: 0.625, cached_input: 0.0625, output: 5 },
          priority: { input: 2.5, cached_input: 0.25, output: 20 },
        },
      }],
    },
    "gpt-5-mini": {
      provider: "openai", tier: 2, context: 272000, max_output: 128000, retires: "2026-12-11",
      capabilities: ["tools", "vision", "json_schema"],
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 0.25, cached_input: 0.025, output: 2,
        tiers: {
          batch: { input: 0.125, cached_input: 0.0125, output: 1 },
          flex: { input: 0.125, cached_input: 0.0125, output: 1 },
          priority: { input: 0.45, cached_input: 0.045, output: 3.6 },
        },
      }],
    },
    "gpt-5-nano": {
      provider: "openai", tier: 1, context: 272000, max_output: 128000, retires: "2026-12-11",
      capabilities: ["tools", "vision", "json_schema"],
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 0.05, cached_input: 0.005, output: 0.4,
        tiers: {
          batch: { input: 0.025, cached_input: 0.0025, output: 0.2 },
          flex: { input: 0.025, cached_input: 0.0025, output: 0.2 },
        },
      }],
    },
    "gpt-5.1": {
      provider: "openai", tier: 3, context: 272000, max_output: 128000,
      capabilities: ["tools", "vision", "json_schema"],
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 1.25, cached_input: 0.125, output: 10,
        tiers: {
          batch: { input: 0.625, cached_input: 0.0625, output: 5 },
          flex: { input: 0.625, cached_input: 0.0625, output: 5 },
          priority: { input: 2.5, cached_input: 0.25, output: 20 },
        },
      }],
    },
    "gpt-5.2": {
      provider: "openai", tier: 3, context: 272000, max_output: 128000,
      capabilities: ["tools", "vision", "json_schema"],
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 1.75, cached_input: 0.175, output: 14,
        tiers: {
          batch: { input: 0.875, cached_input: 0.0875, output: 7 },
          flex: { input: 0.875, cached_input: 0.0875, output: 7 },
          priority: { input: 3.5, cached_input: 0.35, output: 28 },
        },
      }],
    },
    "gpt-5.4": {
      provider: "openai", tier: 3, context: 1050000, max_output: 128000,
      capabilities: ["tools", "json_schema"],
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 2.5, cached_input: 0.25, output: 15,
        long_context: { above_input_tokens: 272000, input: 5, cached_input: 0.5, output: 22.5 },
        tiers: {
          batch: {
            input: 1.25, cached_input: 0.13, output: 7.5,
            long_context: { above_input_tokens: 272000, input: 2.5, cached_input: 0.25, output: 11.25 },
          },
          flex: {
            input: 1.25, cached_input: 0.13, output: 7.5,
            long_context: { above_input_tokens: 272000, input: 2.5, cached_input: 0.25, output: 11.25 },
          },
          priority: { input: 5, cached_input: 0.5, output: 30 },
        },
      }],
    },
    "gpt-5.4-mini": {
      provider: "openai", tier: 2, context: 272000, max_output: 128000,
      capabilities: ["tools", "json_schema"],
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 0.75, cached_input: 0.075, output: 4.5,
        tiers: {
          batch: { input: 0.375, cached_input: 0.0375, output: 2.25 },
          flex: { input: 0.375, cached_input: 0.0375, output: 2.25 },
          priority: { input: 1.5, cached_input: 0.15, output: 9 },
        },
      }],
    },
    "gpt-5.4-nano": {
      provider: "openai", tier: 2, context: 272000, max_output: 128000,
      capabilities: ["tools", "json_schema"],
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 0.2, cached_input: 0.02, output: 1.25,
        tiers: {
          batch: { input: 0.1, cached_input: 0.01, output: 0.625 },
          flex: { input: 0.1, cached_input: 0.01, output: 0.625 },
        },
      }],
    },
    "gpt-5.5": {
      provider: "openai", tier: 4, context: 1050000, max_output: 128000,
      capabilities: ["tools", "json_schema"],
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 5, cached_input: 0.5, output: 30,
        long_context: { above_input_tokens: 272000, input: 10, cached_input: 1, output: 45 },
        tiers: {
          batch: {
            input: 2.5, cached_input: 0.25, output: 15,
            long_context: { above_input_tokens: 272000, input: 5, cached_input: 0.5, output: 22.5 },
          },
          flex: {
            input: 2.5, cached_input: 0.25, output: 15,
            long_context: { above_input_tokens: 272000, input: 5, cached_input: 0.5, output: 22.5 },
          },
          priority: { input: 12.5, cached_input: 1.25, output: 75 },
        },
      }],
    },
    "gpt-5.6-sol": {
      provider: "openai", tier: 4, context: 922000, max_output: 128000,
      capabilities: ["tools", "json_schema"],
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 4, cached_input: 0.4, cache_write: 5, output: 20,
        long_context: { above_input_tokens: 272000, input: 8, cached_input: 0.8, cache_write: 10, output: 30 },
        tiers: {
          batch: {
            input: 2, cached_input: 0.2, cache_write: 2.5, output: 10,
            long_context: { above_input_tokens: 272000, input: 4, cached_input: 0.4, cache_write: 5, output: 15 },
          },
          flex: {
            input: 2, cached_input: 0.2, cache_write: 2.5, output: 10,
            long_context: { above_input_tokens: 272000, input: 4, cached_input: 0.4, cache_write: 5, output: 15 },
          },
          priority: {
            input: 8, cached_input: 0.8, cache_write: 10, output: 40,
            long_context: { above_input_tokens: 272000, input: 16, cached_input: 1.6, cache_write: 20, output: 60 },
          },
        },
      }],
    },
    "gpt-5.6-terra": {
      provider: "openai", tier: 3, context: 922000, max_output: 128000,
      capabilities: ["tools", "json_schema"],
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 2, cached_input: 0.2, cache_write: 2.5, output: 12,
        long_context: { above_input_tokens: 272000, input: 4, cached_input: 0.4, cache_write: 5, output: 18 },
        tiers: {
          batch: {
            input: 1, cached_input: 0.1, cache_write: 1.25, output: 6,
            long_context: { above_input_tokens: 272000, input: 2, cached_input: 0.2, cache_write: 2.5, output: 9 },
          },
          flex: {
            input: 1, cached_input: 0.1, cache_write: 1.25, output: 6,
            long_context: { above_input_tokens: 272000, input: 2, cached_input: 0.2, cache_write: 2.5, output: 9 },
          },
          priority: {
            input: 4, cached_input: 0.4, cache_write: 5, output: 24,
            long_context: { above_input_tokens: 272000, input: 8, cached_input: 0.8, cache_write: 10, output: 36 },
          },
        },
      }],
    },
    "gpt-5.6-luna": {
      provider: "openai", tier: 2, context: 922000, max_output: 128000,
      capabilities: ["tools", "json_schema"],
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 0.2, cached_input: 0.02, cache_write: 0.25, output: 1.2,
        long_context: { above_input_tokens: 272000, input: 0.4, cached_input: 0.04, cache_write: 0.5, output: 1.8 },
        tiers: {
          batch: {
            input: 0.1, cached_input: 0.01, cache_write: 0.125, output: 0.6,
            long_context: { above_input_tokens: 272000, input: 0.2, cached_input: 0.02, cache_write: 0.25, output: 0.9 },
          },
          flex: {
            input: 0.1, cached_input: 0.01, cache_write: 0.125, output: 0.6,
            long_context: { above_input_tokens: 272000, input: 0.2, cached_input: 0.02, cache_write: 0.25, output: 0.9 },
          },
          priority: {
            input: 0.4, cached_input: 0.04, cache_write: 0.5, output: 2.4,
            long_context: { above_input_tokens: 272000, input: 0.8, cached_input: 0.08, cache_write: 1, output: 3.6 },
          },
        },
      }],
    },
    "gpt-6-astra": {
      provider: "openai", tier: 4, context: 922000, max_output: 128000,
      capabilities: ["tools", "json_schema"],
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 10, cached_input: 1, cache_write: 12.5, output: 50,
        long_context: { above_input_tokens: 272000, input: 20, cached_input: 2, cache_write: 25, output: 75 },
        tiers: {
          batch: {
            input: 5, cached_input: 0.5, cache_write: 6.25, output: 25,
            long_context: { above_input_tokens: 272000, input: 10, cached_input: 1, cache_write: 12.5, output: 37.5 },
          },
          flex: {
            input: 5, cached_input: 0.5, cache_write: 6.25, output: 25,
            long_context: { above_input_tokens: 272000, input: 10, cached_input: 1, cache_write: 12.5, output: 37.5 },
          },
          priority: {
            input: 20, cached_input: 2, cache_write: 25, output: 100,
            long_context: { above_input_tokens: 272000, input: 40, cached_input: 4, cache_write: 50, output: 150 },
          },
        },
      }],
    },
    "gpt-6-sol": {
      provider: "openai", tier: 3, context: 922000, max_output: 128000,
      capabilities: ["tools", "json_schema"],
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 2, cached_input: 0.2, cache_write: 2.5, output: 10,
        long_context: { above_input_tokens: 272000, input: 4, cached_input: 0.4, cache_write: 5, output: 15 },
        tiers: {
          batch: {
            input: 1, cached_input: 0.1, cache_write: 1.25, output: 5,
            long_context: { above_input_tokens: 272000, input: 2, cached_input: 0.2, cache_write: 2.5, output: 7.5 },
          },
          flex: {
            input: 1, cached_input: 0.1, cache_write: 1.25, output: 5,
            long_context: { above_input_tokens: 272000, input: 2, cached_input: 0.2, cache_write: 2.5, output: 7.5 },
          },
          priority: {
            input: 4, cached_input: 0.4, cache_write: 5, output: 20,
            long_context: { above_input_tokens: 272000, input: 8, cached_input: 0.8, cache_write: 10, output: 30 },
          },
        },
      }],
    },
    "gpt-6-luna": {
      provider: "openai", tier: 1, context: 922000, max_output: 128000,
      capabilities: ["tools", "json_schema"],
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 0.1, cached_input: 0.01, cache_write: 0.125, output: 0.5,
        long_context: { above_input_tokens: 272000, input: 0.2, cached_input: 0.02, cache_write: 0.25, output: 0.75 },
        tiers: {
          batch: {
            input: 0.05, cached_input: 0.005, cache_write: 0.0625, output: 0.25,
            long_context: { above_input_tokens: 272000, input: 0.1, cached_input: 0.01, cache_write: 0.125, output: 0.375 },
          },
          flex: {
            input: 0.05, cached_input: 0.005, cache_write: 0.0625, output: 0.25,
            long_context: { above_input_tokens: 272000, input: 0.1, cached_input: 0.01, cache_write: 0.125, output: 0.375 },
          },
          priority: {
            input: 0.2, cached_input: 0.02, cache_write: 0.25, output: 1,
            long_context: { above_input_tokens: 272000, input: 0.4, cached_input: 0.04, cache_write: 0.5, output: 1.5 },
          },
        },
      }],
    },
    // The list names no write price for 6.1.
    "gpt-6.1-sol": {
      provider: "openai", tier: 3, context: 922000, max_output: 128000,
      capabilities: ["tools", "json_schema"],
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 2, cached_input: 0.1, output: 10,
        long_context: { above_input_tokens: 272000, input: 4, cached_input: 0.2, output: 15 },
        tiers: {
          batch: {
            input: 1, cached_input: 0.05, cache_write: 1.25, output: 5,
            long_context: { above_input_tokens: 272000, input: 2, cached_input: 0.1, cache_write: 2.5, output: 7.5 },
          },
          flex: {
            input: 1, cached_input: 0.05, cache_write: 1.25, output: 5,
            long_context: { above_input_tokens: 272000, input: 2, cached_input: 0.1, cache_write: 2.5, output: 7.5 },
          },
          priority: {
            input: 4, cached_input: 0.2, cache_write: 5, output: 20,
            long_context: { above_input_tokens: 272000, input: 8, cached_input: 0.4, cache_write: 10, output: 30 },
          },
        },
      }],
    },
    "gpt-6.1-terra": {
      provider: "openai", tier: 2, context: 922000, max_output: 128000,
      capabilities: ["tools", "json_schema"],
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 1, cached_input: 0.05, output: 5,
        long_context: { above_input_tokens: 272000, input: 2, cached_input: 0.1, output: 7.5 },
        tiers: {
          batch: {
            input: 0.5, cached_input: 0.025, cache_write: 0.625, output: 2.5,
            long_context: { above_input_tokens: 272000, input: 1, cached_input: 0.05, cache_write: 1.25, output: 3.75 },
          },
          flex: {
            input: 0.5, cached_input: 0.025, cache_write: 0.625, output: 2.5,
            long_context: { above_input_tokens: 272000, input: 1, cached_input: 0.05, cache_write: 1.25, output: 3.75 },
          },
          priority: {
            input: 2, cached_input: 0.1, cache_write: 2.5, output: 10,
            long_context: { above_input_tokens: 272000, input: 4, cached_input: 0.2, cache_write: 5, output: 15 },
          },
        },
      }],
    },
    "o1": {
      provider: "openai", tier: 4, context: 200000, max_output: 100000, retires: "2026-10-23",
      capabilities: ["tools", "vision", "json_schema"],
      prices: [{ from: "2026-11-23", source: "LiteLLM 1.109.1", input: 15, cached_input: 7.5, output: 60 }],
    },
    "o3": {
      provider: "openai", tier: 3, context: 200000, max_output: 100000, retires: "2026-12-11",
      capabilities: ["tools", "vision", "json_schema"],
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 2, cached_input: 0.5, output: 8,
        tiers: {
          flex: { input: 1, cached_input: 0.25, output: 4 },
          priority: { input: 3.5, cached_input: 0.875, output: 14 },
        },
      }],
    },
    "o3-mini": {
      provider: "openai", tier: 2, context: 200000, max_output: 100000, retires: "2026-10-23",
      capabilities: ["tools", "json_schema"],
      prices: [{ from: "2026-11-23", source: "LiteLLM 1.109.1", input: 1.1, cached_input: 0.55, output: 4.4 }],
    },
    "o4-mini": {
      provider: "openai", tier: 2, context: 200000, max_output: 100000, retires: "2026-10-23",
      capabilities: ["tools", "vision", "json_schema"],
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 1.1, cached_input: 0.275, output: 4.4,
        tiers: {
          flex: { input: 0.55, cached_input: 0.138, output: 2.2 },
          priority: { input: 2, cached_input: 0.5, output: 8 },
        },
      }],
    },
    // Embeddings have no output to price.
    "text-embedding-3-small": {
      provider: "openai", tier: 1, context: 8191,
      capabilities: ["embeddings"],
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 0.02,
        tiers: {
          batch: { input: 0.01, output: 0 },
        },
      }],
    },
    "text-embedding-3-large": {
      provider: "openai", tier: 1, context: 8191,
      capabilities: ["embeddings"],
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 0.13,
        tiers: {
          batch: { input: 0.065, output: 0 },
        },
      }],
    },

    // Anthropic: `cache_write` is for the five minutes that are usual, `cache_write_long` for an hour. A JSON schema is
    // asked for as the input of a tool, which whoever takes tools can give.
    "claude-haiku-4-5": {
      provider: "anthropic", tier: 2, context: 200000, max_output: 64000,
      capabilities: ["tools", "vision", "json_schema"],
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 1, cached_input: 0.1, cache_write: 1.25, cache_write_long: 2, output: 5,
        tiers: {
          batch: { input: 0.5, cached_input: 0.05, cache_write: 0.625, output: 2.5 },
        },
      }],
    },
    "claude-sonnet-4-5": {
      provider: "anthropic", tier: 3, context: 200000, max_output: 64000, retires: "2026-11-30",
      capabilities: ["tools", "vision", "json_schema"],
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 3, cached_input: 0.3, cache_write: 3.75, cache_write_long: 6, output: 15,
        tiers: {
          batch: { input: 1.5, cached_input: 0.15, cache_write: 1.875, output: 7.5 },
        },
      }],
    },
    "claude-sonnet-4-6": {
      provider: "anthropic", tier: 3, context: 1000000, max_output: 128000,
      capabilities: ["tools", "vision", "json_schema"],
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 3, cached_input: 0.3, cache_write: 3.75, cache_write_long: 6, output: 15,
        tiers: {
          batch: { input: 1.5, cached_input: 0.15, cache_write: 1.875, output: 7.5 },
        },
      }],
    },
    "claude-sonnet-5": {
      provider: "anthropic", tier: 3, context: 1000000, max_output: 128000,
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 2, cached_input: 0.2, cache_write: 2.5, cache_write_long: 4, output: 10,
        tiers: {
          batch: { input: 1, cached_input: 0.1, cache_write: 1.25, output: 5 },
        },
      }],
    },
    "claude-sonnet-5-5": {
      provider: "anthropic", tier: 3, context: 1000000, max_output: 128000,
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 2, cached_input: 0.1, cache_write: 2.5, cache_write_long: 4, output: 10,
        tiers: {
          batch: { input: 1, cached_input: 0.05, cache_write: 1.25, output: 5 },
        },
      }],
    },
    "claude-haiku-5-5": {
      provider: "anthropic", tier: 1, context: 1000000, max_output: 128000,
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 0.1, cached_input: 0.01, cache_write: 0.125, cache_write_long: 0.2, output: 0.5,
        tiers: {
          batch: { input: 0.05, cached_input: 0.005, cache_write: 0.0625, output: 0.25 },
        },
      }],
    },
    "claude-opus-4-5": {
      provider: "anthropic", tier: 4, context: 200000, max_output: 64000,
      capabilities: ["tools", "vision", "json_schema"],
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 5, cached_input: 0.5, cache_write: 6.25, cache_write_long: 10, output: 25,
        tiers: {
          batch: { input: 2.5, cached_input: 0.25, cache_write: 3.125, output: 12.5 },
        },
      }],
    },
    "claude-opus-4-6": {
      provider: "anthropic", tier: 4, context: 1000000, max_output: 128000,
      capabilities: ["tools", "vision", "json_schema"],
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 5, cached_input: 0.5, cache_write: 6.25, cache_write_long: 10, output: 25,
        tiers: {
          batch: { input: 2.5, cached_input: 0.25, cache_write: 3.125, output: 12.5 },
        },
      }],
    },
    "claude-opus-4-7": {
      provider: "anthropic", tier: 4, context: 1000000, max_output: 128000,
      capabilities: ["tools", "vision", "json_schema"],
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 5, cached_input: 0.5, cache_write: 6.25, cache_write_long: 10, output: 25,
        tiers: {
          batch: { input: 2.5, cached_input: 0.25, cache_write: 3.125, output: 12.5 },
        },
      }],
    },
    "claude-opus-4-8": {
      provider: "anthropic", tier: 4, context: 1000000, max_output: 128000,
      capabilities: ["tools", "vision", "json_schema"],
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 5, cached_input: 0.5, cache_write: 6.25, cache_write_long: 10, output: 25,
        tiers: {
          batch: { input: 2.5, cached_input: 0.25, cache_write: 3.125, output: 12.5 },
        },
      }],
    },
    "claude-opus-5": {
      provider: "anthropic", tier: 4, context: 1000000, max_output: 128000,
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 5, cached_input: 0.5, cache_write: 6.25, cache_write_long: 10, output: 25,
        tiers: {
          batch: { input: 2.5, cached_input: 0.25, cache_write: 3.125, output: 12.5 },
        },
      }],
    },
    "claude-opus-5-5": {
      provider: "anthropic", tier: 4, context: 1000000, max_output: 128000,
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 4, cached_input: 0.2, cache_write: 5, cache_write_long: 8, output: 20,
        tiers: {
          batch: { input: 2, cached_input: 0.1, cache_write: 2.5, output: 10 },
        },
      }],
    },
    // The list names no write price for fable and mythos.
    "claude-fable-5": {
      provider: "anthropic", tier: 4, context: 1000000, max_output: 128000,
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 10, cached_input: 1, output: 50,
        tiers: {
          batch: { input: 5, cached_input: 0.5, cache_write: 6.25, output: 25 },
        },
      }],
    },
    "claude-fable-5-1": {
      provider: "anthropic", tier: 4, context: 1000000, max_output: 128000,
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 10, cached_input: 0.25, output: 50,
        tiers: {
          batch: { input: 5, cached_input: 0.125, cache_write: 6.25, output: 25 },
        },
      }],
    },
    "claude-mythos-5": {
      provider: "anthropic", tier: 4, context: 1000000, max_output: 128000,
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 10, cached_input: 1, output: 50,
        tiers: {
          batch: { input: 5, cached_input: 0.5, cache_write: 6.25, output: 25 },
        },
      }],
    },

    // Google
    // The list names no price for cached input above 200,000 tokens; it is billed as input here.
    "gemini-2.5-pro": {
      provider: "gemini", tier: 3, context: 1048576, max_output: 65536,
      capabilities: ["tools", "vision", "json_schema"],
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 1.25, cached_input: 0.125, output: 10,
        long_context: { above_input_tokens: 200000, input: 2.5, output: 15 },
        tiers: {
          flex: { input: 0.625, cached_input: 0.125, output: 5 },
          priority: {
            input: 2.25, cached_input: 0.225, output: 18,
            long_context: { above_input_tokens: 200000, input: 4.5, cached_input: 0.45, output: 27 },
          },
        },
      }],
    },
    "gemini-2.5-flash": {
      provider: "gemini", tier: 2, context: 1048576, max_output: 65536,
      capabilities: ["tools", "vision", "json_schema"],
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 0.3, audio_input: 1, cached_input: 0.03, output: 2.5,
        tiers: {
          flex: { input: 0.15, cached_input: 0.03, output: 1.25 },
          priority: { input: 0.54, cached_input: 0.054, audio_input: 1.8, output: 4.5 },
        },
      }],
    },
    "gemini-2.5-flash-lite": {
      provider: "gemini", tier: 1, context: 1048576, max_output: 65536,
      capabilities: ["tools", "vision", "json_schema"],
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 0.1, cached_input: 0.01, output: 0.4,
        tiers: {
          flex: { input: 0.05, cached_input: 0.01, output: 0.2 },
          priority: { input: 0.18, cached_input: 0.018, output: 0.72 },
        },
      }],
    },
    // As with 2.5-pro, no price for cached input above 200,000 tokens.
    "gemini-3.1-pro-preview": {
      provider: "gemini", tier: 3, context: 1048576, max_output: 65536,
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 2, cached_input: 0.2, output: 12,
        long_context: { above_input_tokens: 200000, input: 4, output: 18 },
        tiers: {
          priority: {
            input: 3.6, cached_input: 0.36, output: 21.6,
            long_context: { above_input_tokens: 200000, input: 7.2, cached_input: 0.72, output: 32.4 },
          },
        },
      }],
    },
    "gemini-3.5-flash": {
      provider: "gemini", tier: 3, context: 1048576, max_output: 65536,
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 1.5, cached_input: 0.15, output: 9,
        tiers: {
          batch: { input: 0.75, cached_input: 0.075, output: 4.5 },
          flex: { input: 0.75, cached_input: 0.075, output: 4.5 },
          priority: { input: 2.7, cached_input: 0.27, output: 16.2 },
        },
      }],
    },
    "gemini-3.8-flash": {
      provider: "gemini", tier: 2, context: 1048576, max_output: 65536,
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 0.75, cached_input: 0.075, output: 3.75,
        tiers: {
          batch: { input: 0.375, cached_input: 0.0375, output: 1.875 },
          flex: { input: 0.375, cached_input: 0.0375, output: 1.875 },
          priority: { input: 1.35, cached_input: 0.135, output: 6.75 },
        },
      }],
    },
    // Listed with a longest answer of 1,048,576 tokens, which is unsure and left out.
    "gemini-4-argon": {
      provider: "gemini", tier: 3, context: 1048576,
      prices: [{ from: "2026-11-23", source: "LiteLLM 1.109.1", input: 2, cached_input: 0.1, output: 10 }],
    },

    // DeepSeek
    "deepseek-chat": {
      provider: "deepseek", tier: 1, context: 131072, max_output: 8192, retires: "2026-07-24",
      capabilities: ["tools"],
      prices: [{ from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.28, cached_input: 0.028, output: 0.42 }],
    },
    "deepseek-reasoner": {
      provider: "deepseek", tier: 1, context: 131072, max_output: 65536, retires: "2026-07-24",
      prices: [{ from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.28, cached_input: 0.028, output: 0.42 }],
    },
    "deepseek-v4-flash": {
      provider: "deepseek", tier: 2, context: 1000000, max_output: 393216,
      prices: [{ from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.3, cached_input: 0.006, output: 1.2 }],
    },
    "deepseek-v4-pro": {
      provider: "deepseek", tier: 2, context: 1000000, max_output: 393216,
      prices: [{ from: "2026-11-23", source: "LiteLLM 1.109.1", input: 1.32, cached_input: 0.044, output: 3.96 }],
    },

    // Mistral
    "mistral-large-latest": {
      provider: "mistral", tier: 2, context: 262000, max_output: 262000,
      capabilities: ["tools"],
      prices: [{ from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.5, cached_input: 0.05, output: 1.5 }],
    },
    "mistral-large-4": {
      provider: "mistral", tier: 2, context: 1050000, max_output: 1050000,
      capabilities: ["tools"],
      prices: [{ from: "2026-11-23", source: "LiteLLM 1.109.1", input: 1.36, cached_input: 0.14, output: 4.18 }],
    },
    "mistral-medium-latest": {
      provider: "mistral", tier: 3, context: 262144, max_output: 262144,
      capabilities: ["tools"],
      prices: [{ from: "2026-11-23", source: "LiteLLM 1.109.1", input: 1.5, cached_input: 0.15, output: 7.5 }],
    },
    "mistral-small-latest": {
      provider: "mistral", tier: 1, context: 262144, max_output: 262144,
      capabilities: ["tools"],
      prices: [{ from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.15, cached_input: 0.015, output: 0.6 }],
    },
    "codestral-latest": {
      provider: "mistral", tier: 1, context: 128000, max_output: 128000,
      prices: [{ from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.3, cached_input: 0.03, output: 0.9 }],
    },

    // xAI: above 200,000 input tokens every rate doubles.
    "grok-4.7": {
      provider: "xai", tier: 3, context: 500000, max_output: 500000,
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 2, cached_input: 0.5, output: 6,
        long_context: { above_input_tokens: 200000, input: 4, cached_input: 1, output: 12 },
      }],
    },
    "grok-4.20": {
      provider: "xai", tier: 2, context: 1000000, max_output: 1000000,
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 1.25, cached_input: 0.2, output: 2.5,
        long_context: { above_input_tokens: 200000, input: 2.5, cached_input: 0.4, output: 5 },
      }],
    },

    // Open models, by who serves them: the same weights cost differently at each. The list gives no cached price for
    // Llama, and a range for the longest answer, which is left out.
    "gpt-oss-120b": {
      provider: "groq", upstream_name: "openai/gpt-oss-120b", tier: 1, context: 131072, max_output: 65536,
      capabilities: ["tools"],
      prices: [{ from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.15, cached_input: 0.075, output: 0.6 }],
    },
    "gpt-oss-20b": {
      provider: "groq", upstream_name: "openai/gpt-oss-20b", tier: 1, context: 131072, max_output: 65536,
      capabilities: ["tools"],
      prices: [{ from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.075, cached_input: 0.0375, output: 0.3 }],
    },
    "deepinfra/meta-llama/Llama-3.3-70B-Instruct-Turbo": {
      provider: "deepinfra", upstream_name: "meta-llama/Llama-3.3-70B-Instruct-Turbo", tier: 1, context: 131072,
      prices: [{ from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.1, output: 0.32 }],
    },
    "nebius/meta-llama/Llama-3.3-70B-Instruct": {
      provider: "nebius", upstream_name: "meta-llama/Llama-3.3-70B-Instruct", tier: 1, context: 131072,
      prices: [{ from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.13, output: 0.4 }],
    },
    // Retired in 2026-10; the list gives no day.
    "together_ai/meta-llama/Llama-3.3-70B-Instruct-Turbo": {
      provider: "together", upstream_name: "meta-llama/Llama-3.3-70B-Instruct-Turbo", tier: 2, context: 131072,
      prices: [{ from: "2026-11-23", source: "LiteLLM 1.109.1", input: 1.04, output: 1.04 }],
    },
    "azure_ai/Llama-3.3-70B-Instruct": {
      provider: "azure_ai", upstream_name: "Llama-3.3-70B-Instruct", tier: 1, context: 128000,
      prices: [{ from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.71, output: 0.71 }],
    },
    // Retired in 2026-10; the list gives no day.
    "vertex_ai/meta/llama-3.3-70b-instruct-maas": {
      provider: "vertex_ai", upstream_name: "meta/llama-3.3-70b-instruct-maas", tier: 1, context: 128000,
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 0.72, output: 0.72,
        tiers: {
          batch: { input: 0.36, output: 0.36 },
        },
      }],
    },
    "deepinfra/meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8": {
      provider: "deepinfra", upstream_name: "meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8",
      tier: 1, context: 1000000,
      prices: [{ from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.2, output: 0.8 }],
    },
    "bedrock/meta.llama4-maverick-17b-instruct-v1:0": {
      provider: "bedrock", upstream_name: "meta.llama4-maverick-17b-instruct-v1:0", tier: 1, context: 1000000,
      prices: [{ from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.24, output: 0.97 }],
    },
    "vertex_ai/meta/llama-4-maverick-17b-128e-instruct-maas": {
      provider: "vertex_ai", upstream_name: "meta/llama-4-maverick-17b-128e-instruct-maas", tier: 2, context: 1000000,
      prices: [{
        from: "2026-11-23", source: "LiteLLM 1.109.1",
        input: 0.35, output: 1.15,
        tiers: {
          batch: { input: 0.175, output: 0.575 },
        },
      }],
    },
    "deepinfra/meta-llama/Llama-4-Scout-17B-16E-Instruct": {
      provider: "deepinfra", upstream_name: "meta-llama/Llama-4-Scout-17B-16E-Instruct", tier: 1, context: 328000,
      prices: [{ from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.1, output: 0.3 }],
    },
    "bedrock/meta.llama4-scout-17b-instruct-v1:0": {
      provider: "bedrock", upstream_name: "meta.llama4-scout-17b-instruct-v1:0", tier: 1, context: 10000000,
      prices: [{ from: "2026-11-23", source: "LiteLLM 1.109.1", input: 0.17, output: 0.66 }],
    },
  },
}

"""#

    /// The annotated configuration, whose values are the defaults.
    package static let exampleConfiguration = #"""
// The gateway's configuration: every option with its unit, its default and what it changes. This file is the manual.
//
// Every value below is the default, so a file needs only what differs; `gateway serve` works with no file at all.
// Order, last wins: defaults, file (--config), environment (names in .env.example), flags (--set key.path=value).
// `gateway check` finds every mistake in a file, `gateway config` shows what is in force and where each value is from.
//
// JSON5: comments, trailing commas and unquoted keys are welcome. A secret may stand here, but is better named:
//   "env:NAME"   an environment variable; unset, it is a warning and means none
//   "file:PATH"  what a file holds, less the line end; missing or empty, it is an error
//
// "Accepted, not acted on yet" marks what this version checks but does nothing with; `gateway check` warns of it.
{
  listen: {
    // HOST:PORT that clients call; an IP address or localhost. Port 0 takes a free one and prints it. Elsewhere than on
    // loopback, together with a provider's key, it needs auth.keys or auth.open: else whoever reaches the port spends
    // the key.
    address: "127.0.0.1:8080",
    // TLS 1.2 and 1.3 with { certificate: "PATH", private_key: "PATH" }: PEM files, the chain with the server's own
    // certificate first, and its key without a passphrase. SIGHUP reads both again. null: plain HTTP.
    tls: null,
  },

  admin: {
    // HOST:PORT of /metrics, health and /api/v1. Never the port of `listen`: clients should not see it.
    address: "127.0.0.1:9090",
    // What callers send as `authorization: Bearer TOKEN`: "env:…" or "file:…". Required when the address is not on
    // loopback. null: no token asked for.
    token: null,
  },

  // Where cache and ledger live; made when missing. One gateway at a time: a second waits 30 s for the first, then
  // refuses. Relative to the directory the gateway starts in. The ledger in it is the only copy of what was spent.
  data_dir: "gateway-data",

  // false: pure pass-through, nothing is cached or changed, calls are still metered. For switching off at once.
  enabled: true,

  auth: {
    // Client keys. Empty: any client may call, and what it sent as its key is its tenant, which keeps cached answers
    // apart. With keys, only these may call, and what the client sent goes no further: the provider's own api_key does.
    //   { name: "reports", key: "file:/etc/gateway/reports.key",
    //     deal: "acme-2026",          // the deal of its calls where they name none
    //     budget_usd_per_day: 25,     // a UTC day: each call that goes to a provider reserves what it may cost at
    //                                 // most and settles for what it did; one that does not fit gets 429
    //                                 // budget_exceeded. What is not priced is let in while anything is left. Read
    //                                 // back from the ledger at the start.
    //     requests_per_minute: 600 }  // a minute's worth at once, then one as each becomes due; else 429 rate_limited
    keys: [],
    // true: any client may call although the port is not on loopback and a provider's key is set. Say it on purpose.
    open: false,
  },

  // Upstreams by name; yours are added to the bundled ones (conf/models.json5), or change their values. Those are asked
  // once their key is in the environment, or this file names them: `groq: {}`. `openai` always is.
  providers: {
    openai: {
      // The dialect: "openai" for every OpenAI-compatible server (vLLM, llama.cpp, Groq, …). "anthropic": chat completions
      // are told as Messages, and their answers back (docs/routing.md). "azure": OpenAI's bodies at Azure's URLs; a model's
      // upstream_name is then its deployment, and the key goes as `api-key`.
      kind: "openai",
      // What stands before /chat/completions; http or https. Requests go to the hosts named here and to no others.
      base_url: "https://api.openai.com/v1",
      // Azure's, such as "2024-10-21": calls go to /openai/deployments/NAME. null: to /openai/v1, which wants none.
      api_version: null,
      // Set: this key goes upstream, whatever the client sent. Unset: the client's own key does. Of several, as in
      // ["env:KEY_1", "file:/etc/gateway/key2"], one is used until the provider refuses it (401, 403: it rests five
      // minutes) or its limit is spent (429: as long as the provider says), and then the next, in the same call.
      api_key: "env:OPENAI_API_KEY",
      timeouts: {
        // Milliseconds to a connection (DNS and TLS included); then another attempt or 502.
        connect_ms: 5000,
        // Milliseconds from the sent request to the answer's first byte; then 504. Reasoning models think for minutes.
        first_byte_ms: 600000,
        // Milliseconds between two pieces of an answer; then the stream ends with an error event.
        idle_ms: 300000,
        // Milliseconds for the whole call, however lively it is.
        total_ms: 1200000,
      },
      health: {
        // Seconds between two questions whether the provider is up; they bill nothing. 0: none, only its calls tell.
        interval_s: 60,
        // Asked with GET under base_url; any answer below 500 counts as up.
        path: "/models",
      },
      // Connections to this provider, of all loops together. At the limit, calls wait for one to come free.
      max_connections: 256,
      // "native": the gateway's own HTTP client. "curl": libcurl, which goes through an egress proxy (HTTPS_PROXY,
      // ALL_PROXY, SOCKS too; not those that NO_PROXY excepts) at three times the cost. "auto": native, unless the
      // environment names a proxy for this provider.
      transport: "auto",
      // Certificates of an https base_url are verified, always. ca: "PATH" of a PEM file trusts the authorities in it,
      // and no others; null trusts the system's.
      tls: { ca: null },
      // Seconds for which the addresses of its name are believed. Older ones are used only while no name server answers.
      dns_ttl_s: 60,
    },
    // claude: { kind: "anthropic", base_url: "https://api.anthropic.com", api_key: "env:ANTHROPIC_API_KEY" },
    // work: { kind: "azure", base_url: "https://NAME.openai.azure.com", api_version: "2024-10-21",
    //         api_key: "file:/etc/gateway/azure.key" },
  },

  // Models by name, added to the bundled ones (conf/models.json5) or changing their values. A model without prices is
  // served, and its calls are recorded as unpriced.
  //   "my-llama": {
  //     provider: "openai",             // a name of providers; default: default_provider
  //     upstream_name: "llama-3.3-70b", // what the provider calls it; default: the name here
  //     tier: 2,                        // 1 (cheapest) to 4: what task routing asks for by complexity
  //     context: 131072,                // tokens of input it takes
  //     max_output: 8192,               // tokens it can answer with
  //     capabilities: ["tools", "vision", "json_schema"],  // or ["embeddings"]
  //     retires: "2027-06-30",          // the day from which the provider no longer serves it
  //     fallbacks: ["gpt-4o-mini"],     // who answers when it fails, in this order
  //     prices: [{                      // USD per million tokens; the latest `from` up to a call's day counts
  //       from: "2026-11-23",           // the day it took effect, or was read
  //       source: "the provider's page",
  //       input: 0.1,
  //       cached_input: 0.01,           // read from the provider's prompt cache; default: as input
  //       cache_write: 0.125,           // written to it; default: as input
  //       cache_write_long: 0.2,        // written for an hour; default: as cache_write
  //       audio_input: 0.7,             // default: calls with audio are recorded as unpriced
  //       output: 0.4,
  //       reasoning: 0.4,               // output that the caller does not see; default: as output
  //       audio_output: 1.4,            // default: calls that answer with audio are recorded as unpriced
  //       // What the provider bills calls as, in its answer's `service_tier`; one that is not here has no known price.
  //       tiers: { flex: { input: 0.05, cached_input: 0.005, output: 0.2 } },
  //       // The rates of the whole call once its input passes this many tokens.
  //       long_context: { above_input_tokens: 200000, input: 0.2, cached_input: 0.02, output: 0.6 },
  //     }],
  //   },
  models: {},

  // The model that "auto" means where nothing is routed.
  default_model: "gpt-4o-mini",
  // Who serves models that are not in the catalogue, and those whose provider is not configured.
  default_provider: "openai",

  // For model "auto": the models that a task may be routed to, and the least tier by the request's
  // complexity. `chat` and `embedding` are tasks too, and not routed unless they are given models here.
  tasks: {
    extraction: { tiers: { low: 1, medium: 2, high: 3 }, models: ["gpt-4o-mini", "gpt-4.1-mini", "gpt-4o"] },
    synthesis: { tiers: { low: 2, medium: 3, high: 3 }, models: ["gpt-4.1-mini", "gpt-4.1", "gpt-4o"] },
    validation: { tiers: { low: 1, medium: 2, high: 2 }, models: ["gpt-4o-mini", "gpt-4.1-mini"] },
    classification: { tiers: { low: 1, medium: 1, high: 2 }, models: ["gpt-4o-mini", "gpt-4.1-mini"] },
    summarization: { tiers: { low: 1, medium: 2, high: 3 }, models: ["gpt-4o-mini", "gpt-4.1-mini", "gpt-4.1"] },
    reasoning: { tiers: { low: 2, medium: 3, high: 4 }, models: ["gpt-5.4-mini", "gpt-5.2", "gpt-5.5"] },
    code: { tiers: { low: 2, medium: 3, high: 3 }, models: ["gpt-4.1-mini", "gpt-4.1", "gpt-5.2"] },
  },

  // How often a provider is asked, and who instead. `hedge` is accepted, not acted on yet.
  routing: {
    // Models named by clients that task routing may replace; "auto" is always routed.
    substitute: [],
    // Further attempts after the first, 0 to 10; only before the client has had a byte.
    retries: 2,
    // Milliseconds between attempts: a random share of base_ms doubled each time, at most max_ms. A longer
    // `retry-after` goes to the fallback at once.
    backoff: { base_ms: 250, max_ms: 8000 },
    // Retries as a share of the calls, so that an outage is not doubled: 0.2 is one retry for five calls.
    retry_budget: 0.2,
    // Consecutive failures that take a provider out, and seconds until it is tried again.
    breaker: { failures: 5, open_s: 15 },
    // A second attempt beside a first one that is silent for that long: { after_ms: 2000 }. null: none.
    hedge: null,
  },

  // How prompts are made shorter on their way to the provider; of chat completions only. docs/compression.md tells what
  // each level does, what never changes and what it saves; `gateway compress --diff` shows it for a request of yours.
  compression: {
    // "off", "safe" (only what provably keeps the meaning), "aggressive".
    level: "safe",
    // What was sent before becomes a reference to it.
    references: true,
    // Comments in fenced code go too, at any level, which loses them.
    comments: false,
    // Prompts below this many tokens are left alone.
    min_tokens: 256,
    // By task: { extraction: { level: "aggressive" } }.
    tasks: {},
  },

  cache: {
    // false: nothing is looked up or stored; what is stored stays until it expires.
    enabled: true,
    // Seconds for which an answer may be used again. A request may ask for less or more (x-gateway-cache: ttl=SECONDS).
    ttl_s: 86400,
    // Bytes the cache may take on disk, 1 MiB or more. Above them the least recently used answers go, expired ones
    // first. The file is sparse and larger than this.
    max_bytes: 1073741824,
    // Bytes of the largest answer that is kept; longer ones are streamed through, and have no cost in their headers.
    max_entry_bytes: 8388608,
    // "key": an answer serves only the credential that asked for it. "shared": every client; only for one team.
    scope: "key",
    // Seconds for which an expired answer serves, as x-gateway-cache: STALE, when no provider can answer. 0: never.
    stale_if_error_s: 0,
    // Identical calls at the same time share one upstream call, streams too; only one of them pays. Not those that say
    // x-gateway-timeout-ms or x-gateway-cache: refresh or off.
    coalesce: true,
    // false: a request with a temperature above 0, or none given, is neither cached nor joined. Who asks the same thing
    // five times to get five different answers wants this, or a task of its own below.
    sampled: true,
    // Share of the hits, 0 to 1, that are asked upstream too, in the background: gateway_cache_audits_total then says by
    // task how often both say the same. Each such call costs what it costs.
    audit_rate: 0,
    // By task, { chat: { enabled: true, ttl_s: 600, sampled: false } }; what is left out is as above.
    tasks: {},
  },

  rollout: {
    // Percent of the callers, 0 to 100, whose calls are worked on. The rest are carried and metered only, not a byte of
    // their bodies changed. The same caller is always in or always out; a higher percentage moves nobody out.
    percent: 100,
    // What tells callers apart, the first that a call has: "header:NAME", "body:FIELD" (a text or number; of one within
    // another, "body:metadata.user_id"), "key" (its credential). A call that has none is a caller of its own.
    key: ["header:x-gateway-rollout-key", "body:user", "key"],
    // Another text draws the callers anew, for this, the flags and the rules.
    salt: "",
    // Decide and price everything, and change nothing: calls are carried as if their callers were out, and the ledger's
    // `shadow` says what each would have cost less.
    shadow: false,
    // Whether a request may choose its arm with x-gateway-rollout: on or off. Not where `enabled` is false.
    allow_override: true,
    // Accepted, not acted on yet: raise the percentage by itself while the numbers are good:
    //   { steps: [1, 10, 50, 100], min_minutes: 60, min_calls: 1000 }
    guard: null,
  },

  // Exceptions: the first rule whose `match` fits applies its `set`, and the ledger's `rule` has its name. Texts match
  // whole, or with a "*" at their end by what they begin with; "*" alone is anything. What a request's own headers ask
  // outranks a rule; a rule outranks what is set by task, and that the general options. Where calls are not worked on
  // (rollout), rules change nothing.
  //   {
  //     name: "canary",
  //     match: {                           // all that is named must fit; of a list, one
  //       headers: { "x-tenant": "acme" },
  //       models: ["gpt-4o*"],             // as the request names them
  //       tasks: ["extraction"],           // as x-gateway-task or "auto/TASK" says, or the endpoint of embeddings
  //       paths: ["/v1/chat/completions"], // with or without /v1
  //       keys: ["batch"],                 // names of auth.keys
  //     },
  //     percent: 10,                       // of the callers that match; the rest look at the next rule
  //     key: ["header:x-team"],            // what tells these apart; left out, rollout.key
  //     set: {
  //       model: "gpt-4o-mini",            // asked for in the place of the request's model
  //       provider: "openai",              // the only one asked
  //       cache: true, ttl_s: 3600, sampled: true,  // as in cache
  //       compression: "safe",
  //       task: "extraction",              // where the request says none
  //       timeout_ms: 60000,               // below the provider's own
  //       rollout: "off",                  // the arm, "on" or "off", whatever the percentage
  //     },
  //   }
  rules: [],

  // Looked at every second; raised at the limit, cleared below four fifths of it. Each change is a line in the log, and
  // shows in /api/v1/alerts and gateway_cost_alert_active.
  alerts: {
    // USD that the last 60 minutes may cost. null: no alert.
    cost_per_hour_usd: 10,
    // USD that a day (UTC) may cost. null: no alert.
    cost_per_day_usd: null,
    // USD that all calls of a deal together may cost. null: no alert.
    cost_per_deal_usd: null,
    // URL that gets each change as a POST of JSON, tried 5 times over 15 s. null: none.
    webhook: null,
    // "env:…" or "file:…": with it, x-gateway-signature: t=SECONDS,v1=HMAC-SHA256 of "SECONDS.BODY". null: unsigned.
    webhook_secret: null,
    // What the gateway does while the hour's or the day's alert is raised:
    //   "off"         nothing
    //   "cheapest"    every chat call that rollout has on gets the cheapest model that can do its task, whatever model it
    //                 names; such answers are not stored
    //   "cache_only"  calls that rollout has on get stored answers, or 429 budget_exceeded
    //   "block"       every call gets 429 budget_exceeded
    safe_mode: "off",
  },

  ledger: {
    // Days (UTC) a record is kept, besides the one that is on; older ones are removed a day at a time.
    retention_days: 90,
    // Bytes the ledger may take on disk, 1 MiB or more.
    max_bytes: 10737418240,
    // When it is full or the disk fails, 65,536 records wait in memory. "continue": requests go on, and records that come
    // after those are lost and counted. "refuse": new requests get 503 until it can be written again; none goes unrecorded.
    on_full: "continue",
    // "batch": one fsync for each group of records, at most 50 ms after a call ended. "none": faster, and a power cut
    // may lose the last seconds; a crash of the gateway alone loses nothing.
    durability: "batch",
  },

  export: {
    // Accepted, not acted on yet: URL of an OTLP/HTTP collector. null: none.
    otlp: null,
    // Accepted, not acted on yet: URL of a ClickHouse server. null: none.
    clickhouse: null,
  },
  // Accepted, not acted on yet: a cache shared by several gateways, "redis://HOST:PORT/0". null: none.
  cache_remote: null,

  // What one client may ask of the gateway. Over a limit the answer is a clear error, and nobody else suffers.
  limits: {
    // Bytes of a request's head; above, 431.
    header_bytes: 65536,
    // Milliseconds for the whole head, however it trickles in; then 408.
    head_timeout_ms: 10000,
    // Bytes of a body that is read whole; above, 413.
    body_bytes: 33554432,
    // Milliseconds for such a body, however it trickles in; then 408. A streamed upload has this long before
    // min_bytes_per_s counts.
    body_timeout_ms: 30000,
    // Bytes a second, on average, that a streamed upload must bring (then 408), and that a client must accept of an
    // answer once idle_timeout_ms are over (then it is cut off). Only time spent waiting for the client counts.
    // 0: as slow as it likes.
    min_bytes_per_s: 1024,
    // Milliseconds a connection may stay open between two requests; and for which a client may accept nothing of its
    // answer, or send nothing of its upload.
    idle_timeout_ms: 75000,
    // Client connections at a time, of all loops together; above, 503 `overloaded`.
    connections: 20000,
    // Bytes held for all requests in hand together: bodies, answers, what waits for slow readers. Above, new calls get
    // 503 `overloaded`, bodies on their way too, and those in hand finish; long answers are then passed on unheld, so
    // that they are neither priced nor cached. Each client below 32 KB is not counted.
    buffered_bytes: 536870912,
  },

  // Path of a rank file of o200k_base or cl100k_base, by which tokens are counted exactly where the provider states no
  // usage, and by `gateway tokens`; docs/tokens.md tells where to get one. It takes 15 MB and 50 ms at start, and is read
  // again by a restart only. null: estimates, which are 2 % off on the average.
  tokens: { ranks: null },
  // USD a deal may cost, which `gateway report cost-per-deal` compares with. null: nothing to compare with.
  report: { cost_per_deal_usd: 0.032 },
  // The text that answers with status 200 when every candidate has failed for reasons that pass, and nothing stale is
  // stored; x-gateway-fallback is true then, and no x-gateway-model is named. Not in the off arm, not for embeddings, and
  // for requests for JSON only where the text is an object. Never cached. null: the error.
  fallback: { answer: null },

  log: {
    // "debug", "info", "warn" or "error".
    level: "info",
    // "json" (one object a line) or "text"; always on standard error.
    format: "json",
    // true: prompts and answers are logged. They are other people's words: for a test machine only.
    bodies: false,
  },
}

"""#

    /// The JSON Schema of the configuration.
    package static let configurationSchema = #"""
{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "Configuration of the gateway",
  "description": "What gateway.json5 may say. The annotated example, conf/gateway.json5, explains each option.",
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "listen": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "address": { "$ref": "#/$defs/address", "default": "127.0.0.1:8080" },
        "tls": {
          "type": ["object", "null"],
          "additionalProperties": false,
          "required": ["certificate", "private_key"],
          "properties": {
            "certificate": { "type": "string", "minLength": 1 },
            "private_key": { "type": "string", "minLength": 1 }
          },
          "default": null
        }
      }
    },
    "admin": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "address": { "$ref": "#/$defs/address", "default": "127.0.0.1:9090" },
        "token": { "anyOf": [{ "$ref": "#/$defs/secret" }, { "type": "null" }], "default": null }
      }
    },
    "data_dir": { "type": "string", "minLength": 1, "default": "gateway-data" },
    "enabled": { "type": "boolean", "default": true },
    "auth": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "keys": {
          "type": "array",
          "default": [],
          "items": {
            "type": "object",
            "additionalProperties": false,
            "required": ["name", "key"],
            "properties": {
              "name": { "type": "string", "minLength": 1 },
              "key": { "$ref": "#/$defs/secret" },
              "deal": { "type": ["string", "null"], "maxLength": 128 },
              "budget_usd_per_day": { "type": ["number", "null"], "minimum": 0 },
              "requests_per_minute": { "type": ["integer", "null"], "minimum": 1 }
            }
          }
        },
        "open": { "type": "boolean", "default": false }
      }
    },
    "providers": {
      "type": "object",
      "additionalProperties": { "$ref": "#/$defs/provider" }
    },
    "models": {
      "type": "object",
      "additionalProperties": { "$ref": "#/$defs/model" },
      "default": {}
    },
    "default_model": { "type": "string", "minLength": 1, "default": "gpt-4o-mini" },
    "default_provider": { "type": "string", "minLength": 1, "default": "openai" },
    "tasks": {
      "type": "object",
      "propertyNames": { "$ref": "#/$defs/task" },
      "additionalProperties": {
        "type": "object",
        "additionalProperties": false,
        "properties": {
          "tiers": {
            "type": "object",
            "additionalProperties": false,
            "properties": {
              "low": { "$ref": "#/$defs/tier" },
              "medium": { "$ref": "#/$defs/tier" },
              "high": { "$ref": "#/$defs/tier" }
            }
          },
          "models": { "$ref": "#/$defs/names" }
        }
      },
      "default": {}
    },
    "routing": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "substitute": { "$ref": "#/$defs/names", "default": [] },
        "retries": { "type": "integer", "minimum": 0, "maximum": 10, "default": 2 },
        "backoff": {
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "base_ms": { "type": "integer", "minimum": 1, "default": 250 },
            "max_ms": { "type": "integer", "minimum": 1, "default": 8000 }
          }
        },
        "retry_budget": { "$ref": "#/$defs/share", "default": 0.2 },
        "breaker": {
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "failures": { "type": "integer", "minimum": 1, "default": 5 },
            "open_s": { "type": "integer", "minimum": 1, "default": 15 }
          }
        },
        "hedge": {
          "type": ["object", "null"],
          "additionalProperties": false,
          "properties": { "after_ms": { "type": "integer", "minimum": 1, "maximum": 600000, "default": 2000 } },
          "default": null
        }
      }
    },
    "compression": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "level": { "$ref": "#/$defs/level", "default": "safe" },
        "references": { "type": "boolean", "default": true },
        "comments": { "type": "boolean", "default": false },
        "min_tokens": { "type": "integer", "minimum": 0, "default": 256 },
        "tasks": {
          "type": "object",
          "propertyNames": { "$ref": "#/$defs/task" },
          "additionalProperties": {
            "type": "object",
            "additionalProperties": false,
            "properties": { "level": { "$ref": "#/$defs/level" } }
          },
          "default": {}
        }
      }
    },
    "cache": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "enabled": { "type": "boolean", "default": true },
        "ttl_s": { "type": "integer", "minimum": 1, "default": 86400 },
        "max_bytes": { "type": "integer", "minimum": 1048576, "default": 1073741824 },
        "max_entry_bytes": { "type": "integer", "minimum": 1024, "default": 8388608 },
        "scope": { "enum": ["key", "shared"], "default": "key" },
        "stale_if_error_s": { "type": "integer", "minimum": 0, "default": 0 },
        "coalesce": { "type": "boolean", "default": true },
        "sampled": { "type": "boolean", "default": true },
        "audit_rate": { "$ref": "#/$defs/share", "default": 0 },
        "tasks": {
          "type": "object",
          "propertyNames": { "$ref": "#/$defs/task" },
          "additionalProperties": {
            "type": "object",
            "additionalProperties": false,
            "properties": {
              "enabled": { "type": "boolean" },
              "ttl_s": { "type": "integer", "minimum": 1 },
              "sampled": { "type": "boolean" }
            }
          },
          "default": {}
        }
      }
    },
    "rollout": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "percent": { "$ref": "#/$defs/percent", "default": 100 },
        "key": {
          "type": "array",
          "items": { "type": "string", "pattern": "^(header:.+|body:.+|key)$" },
          "default": ["header:x-gateway-rollout-key", "body:user", "key"]
        },
        "salt": { "type": "string", "default": "" },
        "shadow": { "type": "boolean", "default": false },
        "allow_override": { "type": "boolean", "default": true },
        "guard": {
          "type": ["object", "null"],
          "additionalProperties": false,
          "properties": {
            "steps": { "type": "array", "items": { "$ref": "#/$defs/percent" } },
            "min_minutes": { "type": "integer", "minimum": 1 },
            "min_calls": { "type": "integer", "minimum": 1 }
          },
          "default": null
        }
      }
    },
    "rules": {
      "type": "array",
      "default": [],
      "items": {
        "type": "object",
        "additionalProperties": false,
        "required": ["name"],
        "properties": {
          "name": { "type": "string", "minLength": 1 },
          "match": {
            "type": "object",
            "additionalProperties": false,
            "properties": {
              "headers": { "type": "object", "additionalProperties": { "type": "string" } },
              "models": { "$ref": "#/$defs/names" },
              "tasks": { "type": "array", "items": { "$ref": "#/$defs/task" } },
              "paths": { "$ref": "#/$defs/names" },
              "keys": { "$ref": "#/$defs/names" }
            }
          },
          "percent": { "$ref": "#/$defs/percent" },
          "key": {
            "type": ["array", "null"],
            "items": { "type": "string", "pattern": "^(header:.+|body:.+|key)$" }
          },
          "set": {
            "type": "object",
            "additionalProperties": false,
            "properties": {
              "model": { "type": "string", "minLength": 1 },
              "provider": { "type": "string", "minLength": 1 },
              "compression": { "$ref": "#/$defs/level" },
              "cache": { "type": "boolean" },
              "ttl_s": { "type": "integer", "minimum": 1, "maximum": 31536000 },
              "sampled": { "type": "boolean" },
              "timeout_ms": { "type": "integer", "minimum": 1, "maximum": 86400000 },
              "task": { "$ref": "#/$defs/task" },
              "rollout": { "enum": ["on", "off"] }
            }
          }
        }
      }
    },
    "alerts": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "cost_per_hour_usd": { "type": ["number", "null"], "minimum": 0, "default": 10 },
        "cost_per_day_usd": { "type": ["number", "null"], "minimum": 0, "default": null },
        "cost_per_deal_usd": { "type": ["number", "null"], "minimum": 0, "default": null },
        "webhook": { "$ref": "#/$defs/url", "default": null },
        "webhook_secret": { "type": ["string", "null"], "default": null },
        "safe_mode": { "enum": ["off", "cheapest", "cache_only", "block"], "default": "off" }
      }
    },
    "ledger": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "retention_days": { "type": "integer", "minimum": 1, "default": 90 },
        "max_bytes": { "type": "integer", "minimum": 1048576, "default": 10737418240 },
        "on_full": { "enum": ["continue", "refuse"], "default": "continue" },
        "durability": { "enum": ["batch", "none"], "default": "batch" }
      }
    },
    "export": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "otlp": { "$ref": "#/$defs/url", "default": null },
        "clickhouse": { "$ref": "#/$defs/url", "default": null }
      }
    },
    "cache_remote": { "type": ["string", "null"], "pattern": "^(rediss?://|env:|file:)", "default": null },
    "limits": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "header_bytes": { "type": "integer", "minimum": 1024, "default": 65536 },
        "head_timeout_ms": { "type": "integer", "minimum": 1, "default": 10000 },
        "body_bytes": { "type": "integer", "minimum": 1024, "default": 33554432 },
        "body_timeout_ms": { "type": "integer", "minimum": 1, "default": 30000 },
        "min_bytes_per_s": { "type": "integer", "minimum": 0, "default": 1024 },
        "idle_timeout_ms": { "type": "integer", "minimum": 1, "default": 75000 },
        "connections": { "type": "integer", "minimum": 1, "default": 20000 },
        "buffered_bytes": { "type": "integer", "minimum": 1048576, "default": 536870912 }
      }
    },
    "tokens": {
      "type": "object",
      "additionalProperties": false,
      "properties": { "ranks": { "type": ["string", "null"], "default": null } }
    },
    "report": {
      "type": "object",
      "additionalProperties": false,
      "properties": { "cost_per_deal_usd": { "type": ["number", "null"], "minimum": 0, "default": 0.032 } }
    },
    "fallback": {
      "type": "object",
      "additionalProperties": false,
      "properties": { "answer": { "type": ["string", "null"], "default": null } }
    },
    "log": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "level": { "enum": ["debug", "info", "warn", "error"], "default": "info" },
        "format": { "enum": ["json", "text"], "default": "json" },
        "bodies": { "type": "boolean", "default": false }
      }
    }
  },
  "$defs": {
    "address": { "type": "string", "pattern": "^.*:[0-9]{1,5}$" },
    "secret": { "type": "string", "minLength": 1, "description": "env:NAME, file:PATH, or the secret itself" },
    "url": { "type": ["string", "null"], "pattern": "^(https?://|env:|file:)" },
    "names": { "type": "array", "items": { "type": "string", "minLength": 1 } },
    "tier": { "type": "integer", "minimum": 1, "maximum": 4 },
    "percent": { "type": "number", "minimum": 0, "maximum": 100 },
    "share": { "type": "number", "minimum": 0, "maximum": 1 },
    "level": { "enum": ["off", "safe", "aggressive"] },
    "task": {
      "enum": [
        "extraction", "synthesis", "validation", "classification", "summarization", "reasoning", "code", "chat",
        "embedding"
      ]
    },
    "provider": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "kind": { "enum": ["openai", "anthropic", "azure"], "default": "openai" },
        "base_url": { "type": "string", "pattern": "^https?://" },
        "api_key": {
          "anyOf": [
            { "$ref": "#/$defs/secret" },
            { "type": "array", "items": { "$ref": "#/$defs/secret" }, "minItems": 1 },
            { "type": "null" }
          ]
        },
        "api_version": { "type": ["string", "null"] },
        "timeouts": {
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "connect_ms": { "type": "integer", "minimum": 1, "default": 5000 },
            "first_byte_ms": { "type": "integer", "minimum": 1, "default": 600000 },
            "idle_ms": { "type": "integer", "minimum": 1, "default": 300000 },
            "total_ms": { "type": "integer", "minimum": 1, "default": 1200000 }
          }
        },
        "health": {
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "interval_s": { "type": "integer", "minimum": 0, "default": 60 },
            "path": { "type": "string", "pattern": "^/", "default": "/models" }
          }
        },
        "max_connections": { "type": "integer", "minimum": 1, "default": 256 },
        "transport": { "enum": ["auto", "native", "curl"], "default": "auto" },
        "tls": {
          "type": "object",
          "additionalProperties": false,
          "properties": { "ca": { "type": ["string", "null"], "default": null } }
        },
        "dns_ttl_s": { "type": "number", "minimum": 1, "maximum": 86400, "default": 60 }
      }
    },
    "model": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "provider": { "type": "string", "minLength": 1 },
        "upstream_name": { "type": "string", "minLength": 1 },
        "tier": { "$ref": "#/$defs/tier" },
        "context": { "type": "integer", "minimum": 1 },
        "max_output": { "type": "integer", "minimum": 1 },
        "capabilities": { "type": "array", "items": { "enum": ["tools", "vision", "json_schema", "embeddings"] } },
        "retires": { "$ref": "#/$defs/day" },
        "fallbacks": { "$ref": "#/$defs/names" },
        "prices": { "type": "array", "items": { "$ref": "#/$defs/price" } }
      }
    },
    "day": { "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" },
    "rate": { "type": "number", "minimum": 0, "maximum": 10000 },
    "price": {
      "type": "object",
      "additionalProperties": false,
      "required": ["from", "input"],
      "properties": {
        "from": { "$ref": "#/$defs/day" },
        "source": { "type": "string" },
        "input": { "$ref": "#/$defs/rate" },
        "cached_input": { "$ref": "#/$defs/rate" },
        "cache_write": { "$ref": "#/$defs/rate" },
        "cache_write_long": { "$ref": "#/$defs/rate" },
        "audio_input": { "$ref": "#/$defs/rate" },
        "output": { "$ref": "#/$defs/rate" },
        "reasoning": { "$ref": "#/$defs/rate" },
        "audio_output": { "$ref": "#/$defs/rate" },
        "long_context": { "$ref": "#/$defs/longContext" },
        "tiers": { "type": "object", "additionalProperties": { "$ref": "#/$defs/priceTier" } }
      }
    },
    "priceTier": {
      "type": ["object", "null"],
      "additionalProperties": false,
      "required": ["input"],
      "properties": {
        "input": { "$ref": "#/$defs/rate" },
        "cached_input": { "$ref": "#/$defs/rate" },
        "cache_write": { "$ref": "#/$defs/rate" },
        "cache_write_long": { "$ref": "#/$defs/rate" },
        "audio_input": { "$ref": "#/$defs/rate" },
        "output": { "$ref": "#/$defs/rate" },
        "reasoning": { "$ref": "#/$defs/rate" },
        "audio_output": { "$ref": "#/$defs/rate" },
        "long_context": { "$ref": "#/$defs/longContext" }
      }
    },
    "longContext": {
      "type": ["object", "null"],
      "additionalProperties": false,
      "required": ["above_input_tokens", "input"],
      "properties": {
        "above_input_tokens": { "type": "integer", "minimum": 1 },
        "input": { "$ref": "#/$defs/rate" },
        "cached_input": { "$ref": "#/$defs/rate" },
        "cache_write": { "$ref": "#/$defs/rate" },
        "cache_write_long": { "$ref": "#/$defs/rate" },
        "audio_input": { "$ref": "#/$defs/rate" },
        "output": { "$ref": "#/$defs/rate" },
        "reasoning": { "$ref": "#/$defs/rate" },
        "audio_output": { "$ref": "#/$defs/rate" }
      }
    }
  }
}

"""#
}
