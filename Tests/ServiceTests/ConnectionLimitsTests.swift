import Testing

@testable import Service

@Suite struct ConnectionLimitsTests {
    @Test(arguments: [2, 3, 4], [16, 64, 256, 640, 1024, 4096, 65_536, 1_048_576])
    func allListenersTogetherLeaveTheLedgerItsDescriptors(_ listeners: Int, _ descriptors: Int) {
        let limits = ConnectionLimits(descriptorLimit: descriptors, publicListeners: listeners)
        let reserved = min(ConnectionLimits.reserved, descriptors / 2)
        #expect(limits.each * listeners + limits.admin + reserved <= descriptors)
        #expect(limits.each >= 1 && limits.admin >= 1 && limits.each <= ConnectionLimits.most)
    }

    @Test func manyDescriptorsGiveEachListenerItsMost() {
        let limits = ConnectionLimits(descriptorLimit: 1 << 20, publicListeners: 4)
        #expect(limits.each == 4096 && limits.admin == 64)
    }
}
