import Filing
import LedgerEngine
import LedgerMerkle

extension Office {
    /// Erases a record, and what else is kept because of it: an act goes with all that later entries say of it, with those who were to be told
    /// of it, and with what it is found by.
    ///
    /// Killed anywhere in between, it is finished by asking again. What is left then of those who were to be told goes at the next start as well,
    /// what the act is found by when its erasure is read.
    /// - Returns: the record of the erasure.
    func erase(at index: UInt64, basis: String) async throws -> FiledRecord {
        let basis = try ErasureDesk.canonical(basis: basis)
        let (record, entries) = try await deeds.erasing(at: index) { act in
            if let act { try notices.forget(act: act.number) }
            for change in act?.changes ?? [] { _ = try await erasures.erase(index: change, basis: basis) }
            return (try await erasures.erase(index: index, basis: basis), (act?.changes ?? []) + [index])
        }
        // Again: somebody may have been named meanwhile.
        try forgetTold([index])
        try actIndex.forget(entries)
        return record
    }

    /// Forgets those who were to be told of acts whose registrations are erased.
    func forgetTold(_ registrations: [UInt64]) throws {
        try notices.forget(
            registrations: try registrations.compactMap { try erasures.erasure(of: $0)?.commitment.bytes })
    }
}
