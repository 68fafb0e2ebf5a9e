import Synchronization

/// The last plan of a record file, for the blocks that follow: they are alike, and planning costs more than packing.
///
/// It changes how many bytes a block takes, never what comes back from it.
final class PlanMemory: Sendable {
    private struct Step {
        let identity: UInt64
        let form: ValueForm
        /// Its columns are identities' places in the plan.
        let coding: ColumnCoding
    }

    private struct State {
        var steps: [Step] = []
        var blocksLeft = 0
    }

    /// After so many blocks a plan is made anew.
    private static let longestUse = 32

    private let state = Mutex(State())

    /// The remembered plan for these columns; `nil` when it is used up or does not fit.
    func plan(for analyses: [ColumnAnalysis]) -> [(analysis: ColumnAnalysis, coding: ColumnCoding)]? {
        let steps = state.withLock { state -> [Step] in
            guard state.blocksLeft > 0 else { return [] }
            state.blocksLeft -= 1
            return state.steps
        }
        var waiting: [UInt64: ColumnAnalysis] = [:]
        for analysis in analyses { waiting[analysis.identity] = analysis }
        guard waiting.count == analyses.count else { return nil }
        var ids = [Int?](repeating: nil, count: steps.count)
        var order: [(analysis: ColumnAnalysis, coding: ColumnCoding)] = []
        for (place, step) in steps.enumerated() {
            guard let analysis = waiting.removeValue(forKey: step.identity) else { continue }
            guard analysis.form == step.form, analysis.allows(step.coding),
                let coding = step.coding.replacingColumns({ ids[$0] })
            else { return nil }
            ids[place] = analysis.id
            order.append((analysis, coding))
        }
        return waiting.isEmpty ? order : nil
    }

    func remember(_ order: [(analysis: ColumnAnalysis, coding: ColumnCoding)]) {
        var places: [Int: Int] = [:]
        for (place, step) in order.enumerated() { places[step.analysis.id] = place }
        let steps = order.compactMap { step -> Step? in
            step.coding.replacingColumns { places[$0] }.map {
                Step(identity: step.analysis.identity, form: step.analysis.form, coding: $0)
            }
        }
        guard steps.count == order.count else { return }
        state.withLock { $0 = State(steps: steps, blocksLeft: PlanMemory.longestUse) }
    }
}

extension ColumnAnalysis {
    /// Whether this block's values can be written so.
    fileprivate func allows(_ coding: ColumnCoding) -> Bool {
        if case .dictionary = coding { return !keys.isEmpty }
        return true
    }
}

extension ColumnCoding {
    /// The same with other columns to look at; `nil` when one has no replacement.
    fileprivate func replacingColumns(_ replacement: (Int) -> Int?) -> ColumnCoding? {
        func replaced(_ context: Context?) -> Context?? {
            guard let context else { return .some(nil) }
            return replacement(context.column).map { Context(column: $0, relation: context.relation) }
        }
        switch self {
        case .direct(.none), .direct(.previous): return self
        case .direct(.last(let column, let relation, let step)):
            return replacement(column).map { .direct(.last(column: $0, relation, step: step)) }
        case .direct(.ratio(let column, let relation, let numerator, let denominator)):
            return replacement(column).map {
                .direct(.ratio(column: $0, relation, numerator: numerator, denominator: denominator))
            }
        case .direct(.product(let one, let other, let numerator, let denominator)):
            guard let one = replacement(one), let other = replacement(other) else { return nil }
            return .direct(.product(one, other, numerator: numerator, denominator: denominator))
        case .direct(.sum(let column, let numerator, let denominator)):
            return replacement(column).map {
                .direct(.sum(column: $0, numerator: numerator, denominator: denominator))
            }
        case .dictionary(let context): return replaced(context).map { .dictionary($0) }
        case .rates(let column, let rates, let context):
            guard let column = replacement(column), let context = replaced(context) else { return nil }
            return .rates(column: column, rates, context)
        }
    }
}
