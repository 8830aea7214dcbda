/// `routing`: which provider is asked, how often, and when to stop asking.
package struct RoutingSettings: Sendable, Equatable {
    package struct Backoff: Sendable, Equatable {
        package var base = Duration.milliseconds(250)
        package var max = Duration.milliseconds(8000)
    }
    package struct Breaker: Sendable, Equatable {
        package var failures = 5
        package var open = Duration.seconds(15)
    }
    package struct Hedge: Sendable, Equatable {
        /// How long the first attempt may stay silent before a second is sent elsewhere.
        package var after = Duration.milliseconds(2000)
    }

    /// Models a client names that task routing may replace all the same.
    package var substitute: [String] = []
    package var retries = 2
    package var backoff = Backoff()
    /// Retries as a share of first attempts.
    package var retryBudget = 0.2
    package var breaker = Breaker()
    package var hedge: Hedge?

    package init() {}

    mutating func read(_ keys: SettingsSection) {
        keys.strings("substitute", &substitute, "an array of model names")
        keys.int("retries", &retries, in: 0...10)
        keys.section("backoff") { keys in
            keys.milliseconds("base_ms", &backoff.base, in: 1...60000)
            keys.milliseconds("max_ms", &backoff.max, in: 1...600_000)
            if backoff.max < backoff.base { keys.fail("max_ms", .unsound("is below base_ms; expected at least that")) }
        }
        keys.number("retry_budget", &retryBudget, in: 0...1)
        keys.section("breaker") { keys in
            keys.int("failures", &breaker.failures, in: 1...10000)
            keys.seconds("open_s", &breaker.open, in: 1...3600)
        }
        keys.optionalSection("hedge") { keys in
            var settings = Hedge()
            keys.milliseconds("after_ms", &settings.after, in: 1...600_000)
            hedge = settings
        }
    }
}
