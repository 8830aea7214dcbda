import Metrics

/// That an amount has come to its limit, or is well below it again.
struct AlertEvent: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        case costPerHour
        case costPerDay
        case costPerDeal(String)
        case keyBudget(String)

        var name: String {
            switch self {
            case .costPerHour: "cost_per_hour"
            case .costPerDay: "cost_per_day"
            case .costPerDeal: "cost_per_deal"
            case .keyBudget: "key_budget"
            }
        }

        /// The deal or the key; nil for what concerns everybody.
        var subject: String? {
            switch self {
            case .costPerHour, .costPerDay: nil
            case .costPerDeal(let name), .keyBudget(let name): name
            }
        }
    }

    let kind: Kind
    let change: LimitAlert.Change
    let value: PicoDollars
    let limit: PicoDollars
    /// What the hour costs at the pace of now, where that is known.
    var projected: PicoDollars?
    /// Microseconds since 1970.
    let at: Int64

    /// A sentence for people.
    var text: String {
        let subject =
            switch kind {
            case .costPerHour: "The last hour has cost"
            case .costPerDay: "Today (UTC) has cost"
            case .costPerDeal(let name): "The deal '\(name)' has cost"
            case .keyBudget(let name): "The key '\(name)' has spent today"
            }
        let end = change == .raised ? "at or above its limit" : "below four fifths of its limit again"
        return "\(subject) \(value.usd) USD, \(end) of \(limit.usd) USD."
    }

    /// The body of a webhook; `text` is what chat services show.
    func json(safeMode: String) -> String {
        var json = JSONText()
        json.object { json in
            json.member("text", text)
            json.member("alert", kind.name)
            json.member("subject", kind.subject)
            json.member("state", change.rawValue)
            json.member("value_usd", value)
            json.member("limit_usd", limit)
            json.member("projected_usd", projected)
            json.member("safe_mode", safeMode)
            json.member("at", Timestamp.text(at))
        }
        return json.text
    }
}

/// How one of the amounts that are watched stands.
struct AlertStanding: Sendable {
    let kind: AlertEvent.Kind
    let alert: LimitAlert
    let value: PicoDollars
    var projected: PicoDollars?

    func append(to json: inout JSONText) {
        json.object { json in
            json.member("alert", kind.name)
            json.member("subject", kind.subject)
            // At this pace, the limit will be passed.
            let isComing = projected.map { $0 >= alert.limit } ?? false
            json.member("state", alert.isActive ? "active" : isComing ? "coming" : "quiet")
            json.member("value_usd", value)
            json.member("limit_usd", alert.limit)
            json.member("projected_usd", projected)
            json.member("since", alert.changedAt > 0 ? Timestamp.text(alert.changedAt) : nil)
        }
    }
}
