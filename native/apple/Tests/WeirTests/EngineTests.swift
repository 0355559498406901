import Testing

@testable import Weir

struct EngineTests {
  static let bounds: [(EngineConfiguration.Preset, Int)] = [
    (.tiny, 4 << 20), (.phone, 12 << 20),
  ]

  @Test(arguments: Self.bounds)
  func presetsKeepTheirBounds(_ preset: EngineConfiguration.Preset, _ bound: Int) throws {
    let bytes = try #require(EngineConfiguration(preset).byteCount)
    #expect(bytes <= bound)
  }

  @Test func aPhoneHas16384Flows() {
    #expect(EngineConfiguration(.phone).maxFlows == 16_384)
  }

  @Test func whatDoesNotFitIsRefusedAndSaysWhatWould() throws {
    let configuration = EngineConfiguration(.server)
    let budget = 48 << 20
    do {
      _ = try Engine(configuration, budget: budget)
      Issue.record("an engine over its budget was made")
    } catch WeirError.doesNotFit(let needed, _, let fittingFlows) {
      #expect(needed > budget)
      var smaller = configuration
      smaller.maxFlows = try #require(fittingFlows)
      _ = try Engine(smaller, budget: budget)
    }
  }

  @Test func whatNeverFitsIsRefused() throws {
    let configuration = EngineConfiguration(.server)
    let needed = try #require(configuration.byteCount)
    #expect(throws: WeirError.doesNotFit(needed: needed, budget: 4096, fittingFlows: nil)) {
      _ = try Engine(configuration, budget: 4096)
    }
  }

  @Test func figuresOutOfBoundsAreRefused() {
    var configuration = EngineConfiguration(.phone)
    configuration.maxFlows = -1
    #expect(throws: WeirError.badConfiguration) {
      _ = try Engine(configuration, budget: 1 << 30)
    }
  }

  @Test func aBlockedNameIsAnswered() throws {
    let engine = try Engine(EngineConfiguration(.phone), budget: 12 << 20)
    engine.use(try Ruleset(path: Fixtures.ruleset))
    let batch = PacketBatch()
    let query = dnsQuery(["ads", "example", "test"])
    query.withUnsafeBytes { _ = batch.append($0, at: 1_000_000, direction: .outbound) }
    engine.inspect(batch) { _ in }
    let judgement = batch.judgement(at: 0)
    #expect(judgement.verdict == .drop)
    #expect(judgement.reason == .ruleBlock)
    #expect(judgement.label == .dns)
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1500, alignment: 64)
    defer { room.deallocate() }
    let length = engine.answer(batch, at: 0, into: room)
    try #require(length > 40)
    let addresses = [UInt8](room[12..<20])
    let turned: [UInt8] = [203, 0, 113, 53, 192, 0, 2, 1]
    #expect(addresses == turned)
    // RFC 1035 4.1.1: a response, whose code is 3, "no such name".
    let isResponse = room[30] & 0x80 != 0
    #expect(isResponse)
    let code = room[31] & 0x0f
    #expect(code == 3)
  }

  @Test func anAllowedNameIsNot() throws {
    let engine = try Engine(EngineConfiguration(.phone), budget: 12 << 20)
    engine.use(try Ruleset(path: Fixtures.ruleset))
    let batch = PacketBatch()
    dnsQuery(["www", "example", "test"]).withUnsafeBytes {
      _ = batch.append($0, at: 1_000_000, direction: .outbound)
    }
    engine.inspect(batch) { _ in }
    #expect(batch.judgement(at: 0).verdict == .pass)
  }

  @Test func deadlinesComeAndGo() throws {
    let engine = try Engine(EngineConfiguration(.tiny), budget: 4 << 20)
    #expect(engine.nextDeadline == nil)
    let batch = PacketBatch()
    dnsQuery(["www", "example", "test"]).withUnsafeBytes {
      _ = batch.append($0, at: 1_000_000, direction: .outbound)
    }
    engine.inspect(batch) { _ in }
    let deadline = try #require(engine.nextDeadline)
    var flows = 0
    engine.tick(now: deadline + 3_600_000_000) { record in
      if record.kind == .flow { flows += 1 }
    }
    #expect(flows == 1)
    #expect(engine.nextDeadline == nil)
    #expect(engine.counters.flowsOpened == 1)
    #expect(engine.counters.flowsClosed == 1)
  }

  @Test func trimGivesBackWhatFlowsDoNotNeed() throws {
    let engine = try Engine(EngineConfiguration(.phone), budget: 12 << 20)
    let batch = PacketBatch(capacity: 1, packetBytes: 1 << 16)
    for packet in try Fixtures.capture("blocked").packets {
      packet.bytes.withUnsafeBytes { _ = batch.append($0, at: packet.time) }
      engine.inspect(batch) { _ in }
      batch.removeAll()
    }
    let bytes = engine.trim(.silent) { _ in }
    #expect(bytes > 0)
    #expect(bytes <= engine.byteCount)
    // It goes on as before.
    dnsQuery(["www", "example", "test"]).withUnsafeBytes {
      _ = batch.append($0, at: 4_000_000_000_000_000, direction: .outbound)
    }
    engine.inspect(batch) { _ in }
    #expect(batch.judgement(at: 0).verdict == .pass)
    #expect(engine.counters.packets > 1)
  }

  /// What the file says of isolation, said by the compiler: an engine goes to an actor once.
  @Test func anEngineGoesToAnActor() async throws {
    let owner = Owner(try Engine(EngineConfiguration(.tiny), budget: 4 << 20))
    let packets = await owner.packets()
    #expect(packets == 0)
  }

  private actor Owner {
    private let engine: Engine
    init(_ engine: sending Engine) { self.engine = engine }
    func packets() -> UInt64 { engine.counters.packets }
  }

  /// An IPv4 packet from 192.0.2.1:50000 to 203.0.113.53:53, with a question for A; no checksums, which nobody
  /// asks for here.
  private func dnsQuery(_ labels: [String]) -> [UInt8] {
    var message: [UInt8] = [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    for label in labels {
      message.append(UInt8(label.utf8.count))
      message.append(contentsOf: label.utf8)
    }
    message += [0, 0, 1, 0, 1]
    let udp = UInt8(8 + message.count)
    var packet: [UInt8] = [0x45, 0, 0, 20 + udp, 0, 0, 0, 0, 64, 17, 0, 0]
    packet += [192, 0, 2, 1, 203, 0, 113, 53]
    packet += [0xc3, 0x50, 0, 53, 0, udp, 0, 0]
    return packet + message
  }
}
