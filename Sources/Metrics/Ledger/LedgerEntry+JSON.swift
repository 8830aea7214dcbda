extension LedgerEntry {
    /// The entry as one JSON object without line breaks, in the contract's names; money is exact.
    package var json: [UInt8] {
        var text = JSONText()
        text.object { object in
            writeRequest(to: &object)
            writeRoute(to: &object)
            writeCost(to: &object)
            writeOutcome(to: &object)
        }
        return text.bytes
    }

    private func writeRequest(to object: inout JSONText) {
        object.member("id", id.description)
        object.member("started_at", Timestamp.text(startedAt))
        object.member("deal", deal)
        object.member("cycle", cycle)
        object.name("tags")
        object.object { tags in
            for (name, value) in self.tags.sorted(by: { $0.key < $1.key }) { tags.member(name, value) }
        }
        object.member("client_key", clientKey)
        object.member("endpoint", endpoint.name)
        object.member("task", task)
        object.member("task_source", taskSource)
        object.member("complexity", complexity)
    }

    private func writeRoute(to object: inout JSONText) {
        object.member("requested_model", requestedModel)
        object.member("model", model)
        object.member("provider", provider)
        object.member("route_reason", routeReason)
        object.member("rollout", rollout.name)
        object.member("rule", rule)
        object.member("streamed", streamed)
        object.member("status", status)
        object.member("error_code", errorCode)
        object.name("attempts")
        object.array { array in
            for attempt in attempts {
                array.object { object in
                    object.member("provider", attempt.provider)
                    object.member("model", attempt.model)
                    object.member("status", attempt.status)
                    object.member("error", attempt.error)
                    object.member("milliseconds", attempt.milliseconds)
                }
            }
        }
        object.member("fallback", fallback)
        object.member("cache", cache.name)
        object.member("cache_age_s", cacheAgeSeconds)
    }

    private func writeCost(to object: inout JSONText) {
        object.member("input_tokens", usage?.uncachedInput)
        object.member("cached_input_tokens", usage?.cachedInput)
        object.member("cache_write_tokens", usage?.cacheWrite)
        object.member("cache_write_long_tokens", usage?.cacheWriteLong)
        object.member("output_tokens", usage?.output)
        object.member("reasoning_tokens", usage?.reasoning)
        object.member("audio_input_tokens", usage?.audioInput)
        object.member("audio_output_tokens", usage?.audioOutput)
        object.member("usage_source", usageSource.name)
        object.member("tokens_before_compression", tokensBeforeCompression)
        object.member("tokens_after_compression", tokensAfterCompression)
        object.member("compression_level", compressionLevel)
        object.name("compression_savings")
        object.array { array in
            for saving in compressionSavings {
                array.object { object in
                    object.member("kind", saving.kind)
                    object.member("transform", saving.transform)
                    object.member("tokens", hundredths: saving.hundredths)
                }
            }
        }
        object.member("service_tier", serviceTier)
        object.member("cost_usd", cost)
        object.member("cost_input_usd", costInput)
        object.member("cost_output_usd", costOutput)
        object.member("price_from", priceFrom)
        object.member("saved_cache_usd", savedCache)
        object.member("saved_compression_usd", savedCompression)
        object.member("saved_routing_usd", savedRouting)
    }

    private func writeOutcome(to object: inout JSONText) {
        object.member("latency_ms", milliseconds: latencyMicroseconds)
        object.member("first_byte_ms", milliseconds: firstByteMicroseconds)
        object.member("upstream_ms", milliseconds: upstreamMicroseconds)
        object.member("overhead_ms", milliseconds: overheadMicroseconds)
        object.member("request_bytes", requestBytes)
        object.member("response_bytes", responseBytes)
        object.member("finish_reason", finishReason)
        object.member("client_disconnected", clientDisconnected)
    }
}
