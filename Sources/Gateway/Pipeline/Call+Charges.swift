import Metrics

/// What the attempts of a call that brought no answer may be billed for.
struct AbandonedCharge {
    let usage: Usage
    let input: PicoDollars
    let output: PicoDollars

    var total: PicoDollars { input + output }
}

/// What a call is charged for: what its answer used, and what attempts before that may be billed for.
extension Call {
    /// The provider used nothing that anybody bills, this time.
    func chargeNothing(_ source: UsageSource) {
        entry.chargeNothing(source)
        addAbandoned()
    }

    /// The provider answered with an error of its own, which states no usage: such calls are not billed.
    func refusedByUpstream() {
        entry.errorCode = "upstream_\(entry.status ?? 0)"
        chargeNothing(.estimated)
    }

    /// The attempt that has just ended brought no answer: what it may be billed for stays with the call, whatever follows.
    func abandonAttempt() {
        guard let input = entry.costInput, let output = entry.costOutput, input + output > .zero else { return }
        entry.usageSource = .partial
        abandoned = AbandonedCharge(usage: entry.usage ?? Usage(), input: input, output: output)
    }

    /// Adds to what the entry was charged for just now what earlier attempts may be billed for.
    func addAbandoned() {
        guard let abandoned, let cost = entry.cost else { return }
        var usage = entry.usage ?? Usage()
        usage += abandoned.usage
        entry.usage = usage
        entry.cost = cost + abandoned.total
        entry.costInput = (entry.costInput ?? .zero) + abandoned.input
        entry.costOutput = (entry.costOutput ?? .zero) + abandoned.output
        entry.usageSource = .partial
    }

    /// What the answer alone cost; nil where that is unknown.
    var answerCost: PicoDollars? { entry.cost.map { $0 - (abandoned?.total ?? .zero) } }
}

extension GatewayContext {
    /// Writes what the answer to a call used, and what it has cost in all.
    func charge(_ call: Call, usage: Usage?, model: String, source: UsageSource = .reported) {
        charge(&call.entry, usage: usage, model: model, source: source, unsent: call.unsent)
        call.addAbandoned()
    }
}

extension LedgerEntry {
    /// The call used nothing that anybody bills.
    mutating func chargeNothing(_ source: UsageSource) {
        usage = Usage()
        usageSource = source
        cost = .zero
        costInput = .zero
        costOutput = .zero
        savedCompression = nil
    }

    /// What the call would have cost more without the gateway.
    var saved: PicoDollars {
        (savedCache ?? .zero) + (savedCompression ?? .zero) + (savedRouting ?? .zero)
    }

    /// Tokens that compression took off the prompt, estimated.
    var tokensSaved: Int { (tokensBeforeCompression ?? 0) &- (tokensAfterCompression ?? 0) }
}
