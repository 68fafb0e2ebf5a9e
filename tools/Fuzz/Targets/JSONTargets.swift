import CanonicalJSON

let jsonTargets = [
    FuzzTarget("json") { bytes in
        let value = try JSONValue(parsing: bytes)
        let canonical = value.canonicalBytes
        let again = try? JSONValue(parsing: canonical, limits: JSONLimits(bytes: .max))
        require(again?.canonicalBytes == canonical, "canonical JSON is read and written as it is")
        require(
            (try? JSONValue(parsing: value.bytes, limits: JSONLimits(bytes: .max)))?.canonicalBytes == canonical,
            "what is written for people means the same")
    }
]
