import Catalogue
import Testing

@Suite struct CatalogueTests {
    @Test func everyProblemSpeaksBothLanguages() {
        for problem in Problem.all {
            for wording in [problem.text, problem.remedy] {
                #expect(wording.mn.isEmpty == wording.en.isEmpty, "\(problem.code)")
            }
            #expect(!problem.text.mn.isEmpty, "\(problem.code)")
            #expect(problem.text.mn != problem.text.en, "\(problem.code)")
        }
    }

    @Test func codesAreUniqueAndKebabCase() {
        #expect(Set(Problem.all.map(\.code)).count == Problem.all.count)
        for problem in Problem.all {
            #expect(
                problem.code.utf8.allSatisfy { $0 == 0x2d || (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) })
            #expect((400...599).contains(problem.status) || problem.status == 200, "\(problem.code): \(problem.status)")
        }
    }

    @Test func detailsAreFilledInOnePass() {
        let wording = Wording(mn: "{a} ба {b}", en: "{a} and {b}, {c}")
        #expect(wording.filled(["a": "{b}", "b": "2"], in: .en) == "{b} and 2, {c}")
        #expect(wording.filled([:], in: .mn) == "{a} ба {b}")
    }
}
