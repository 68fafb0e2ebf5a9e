import CanonicalJSON

/// What is kept of a request: sealed in `state.sqlite`. Once it has ended, not what was asked for.
struct ApprovalContent {
    let command: String
    /// `nil` once it has ended.
    var input: JSONValue?
    let requester: String
    var approver: String?

    init(command: String, input: JSONValue, requester: String) {
        self.command = command
        self.input = input
        self.requester = requester
    }

    /// Reads what ``bytes`` wrote; `nil` for anything else.
    init?(_ bytes: [UInt8]) {
        // As large as the operator's socket takes.
        guard let value = try? JSONValue(parsing: bytes, limits: JSONLimits(bytes: 65 << 20)),
            let command = value["command"]?.string, let requester = value["requester"]?.string
        else { return nil }
        self.command = command
        self.requester = requester
        input = value["input"]
        approver = value["approver"]?.string
    }

    /// Canonical: equal requests are equal bytes.
    var bytes: [UInt8] {
        var object: JSONObject = ["command": .string(command), "requester": .string(requester)]
        object["input"] = input
        object["approver"] = approver.map { .string($0) }
        return JSONValue.object(object).canonicalBytes
    }

    /// Whether the same person asks for the same.
    func isSame(as other: ApprovalContent) -> Bool {
        command == other.command && input?.canonicalBytes == other.input?.canonicalBytes
            && OperatorName(requester) == OperatorName(other.requester)
    }
}
