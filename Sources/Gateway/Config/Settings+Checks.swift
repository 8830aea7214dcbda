// What single values cannot show: names that refer to one another, and what is unsafe in combination.

import Routing

extension Settings {
    func check(_ keys: SettingsSection, today: CalendarDay?) {
        checkNames(keys)
        checkExposure(keys)
        if let today { checkRetirement(keys, today) }
    }

    private func checkNames(_ keys: SettingsSection) {
        let reader = keys.reader
        func model(_ name: String, at path: String, _ origin: SettingsOrigin) {
            if models[name] != nil { return }
            let nearest = NearestName.of(name, among: models.keys)
            let mend = "add it under models, with its provider and prices"
            reader.fail(
                path, at: origin, .namesNothing(found: name, kind: "a known model", nearest: nearest, mend: mend))
        }
        func provider(_ name: String, at path: String, _ origin: SettingsOrigin) {
            // One whose own entry is wrong was told there; it is not missing here too.
            if providers[name] != nil || reader.value("providers", name)?.isNull == false { return }
            let nearest = NearestName.of(name, among: providers.keys)
            let mend = "add it under providers, with its base_url"
            reader.fail(path, at: origin, .namesNothing(found: name, kind: "a provider", nearest: nearest, mend: mend))
        }
        model(defaultModel, at: "default_model", keys.origin(of: "default_model"))
        provider(defaultProvider, at: "default_provider", keys.origin(of: "default_provider"))
        for (name, entry) in models.sorted(by: { $0.key < $1.key }) {
            let path = "models.\"\(name)\""
            let value = reader.value("models", name)
            // The bundled catalogue names providers that need not be in force; a file has no reason to.
            if let named = entry.provider, let origin = value?["provider"]?.origin, origin != .bundled {
                provider(named, at: "\(path).provider", origin)
            }
            for fallback in entry.fallbacks {
                model(fallback, at: "\(path).fallbacks", value?["fallbacks"]?.origin ?? .standard)
            }
        }
        for (task, entry) in tasks.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            let origin = reader.value("tasks", task.rawValue)?["models"]?.origin ?? .standard
            for name in entry.models { model(name, at: "tasks.\(task.rawValue).models", origin) }
        }
        let substitute = reader.value("routing", "substitute")?.origin ?? .standard
        for name in routing.substitute { model(name, at: "routing.substitute", substitute) }
        for (index, rule) in rules.enumerated() {
            let set = reader.root?["rules"]?[index]?["set"]
            if let name = rule.set.model {
                model(name, at: "rules[\(index)].set.model", set?["model"]?.origin ?? .standard)
            }
            if let name = rule.set.provider {
                provider(name, at: "rules[\(index)].set.provider", set?["provider"]?.origin ?? .standard)
            }
        }
        checkDuplicates(auth.keys.map(\.name), of: "auth.keys", reader.value("auth", "keys")?.origin, reader)
        checkDuplicates(rules.map(\.name), of: "rules", keys.origin(of: "rules"), reader)
        for (index, problem) in RuleSettings.doubts(about: rules, keyNames: auth.keys.map(\.name)) {
            reader.warn("rules[\(index)]", at: reader.root?["rules"]?[index]?.origin ?? .standard, .unsound(problem))
        }
    }

    private func checkDuplicates(
        _ names: [String], of path: String, _ origin: SettingsOrigin?, _ reader: SettingsReader
    ) {
        var seen: Set<String> = []
        for name in names where !name.isEmpty && !seen.insert(name).inserted {
            reader.fail(path, at: origin ?? .standard, .unsound("has the name '\(name)' twice; names must differ"))
        }
    }

    /// Refuses to be open to the network without a lock.
    private func checkExposure(_ keys: SettingsSection) {
        let reader = keys.reader
        let adminOrigin = reader.value("admin", "address")?.origin ?? .standard
        if !admin.address.isLoopback, admin.token == nil {
            let problem = "is \(admin.address), which other machines reach; set admin.token, or use 127.0.0.1"
            reader.fail("admin.address", at: adminOrigin, .unsound(problem))
        }
        if let problem = exposure(of: listen.address) {
            let origin = reader.value("listen", "address")?.origin ?? .standard
            reader.fail("listen.address", at: origin, .unsound(problem))
        }
        if listen.address == admin.address, listen.address.port != 0 {
            let problem = "is \(admin.address), which listen.address has too; choose another port"
            reader.fail("admin.address", at: adminOrigin, .unsound(problem))
        }
    }

    /// What is wrong with serving clients at `address`, which may be another than the settings': a listening socket
    /// that was handed over.
    func exposure(of address: SocketName) -> String? {
        let holders = providers.values.filter { $0.apiKey != nil }.map(\.name).sorted()
        guard !address.isLoopback, !auth.open, auth.keys.isEmpty, let holder = holders.first else { return nil }
        return "is \(address), so whoever reaches it could spend the key of providers.\(holder); "
            + "set auth.keys, or auth.open: true on purpose, or use 127.0.0.1"
    }

    /// Warns of models in use whose provider stops answering for them soon.
    private func checkRetirement(_ keys: SettingsSection, _ today: CalendarDay) {
        var uses = [(defaultModel, "default_model", keys.origin(of: "default_model"))]
        for (task, entry) in tasks.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            let origin = keys.reader.value("tasks", task.rawValue)?["models"]?.origin ?? .standard
            uses += entry.models.map { ($0, "tasks.\(task.rawValue).models", origin) }
        }
        for (name, path, origin) in uses {
            guard let day = models[name]?.retires, day.daysSince1970 <= today.daysSince1970 + 30 else { continue }
            let verb = day <= today ? "retired" : "retires"
            keys.reader.warn(path, at: origin, .unsound("names '\(name)', which \(verb) on \(day); choose another"))
        }
    }
}
