export { compile } from './blocklist/compile.js'
export type { CompiledRuleset, CompileStats, Diagnostic, ListSource } from './blocklist/compile.js'
export { Capture, readCapture } from './capture/capture.js'
export type { CaptureStats } from './capture/capture.js'
export { replay } from './capture/replay.js'
export type { EngineAction } from './engine/actions.js'
export type { Bypass, BypassOptions } from './engine/bypasses.js'
export { PacketBatch } from './engine/batch.js'
export type { Inspection, PacketMeta } from './engine/batch.js'
export { Engine, REPLAY_SEED } from './engine/engine.js'
export type { EngineOptions, Mode } from './engine/engine.js'
export { Ruleset } from './engine/ruleset.js'
export { Matches } from './engine/matches.js'
export type { Match, SpokenRule } from './engine/ruleset.js'
export type { Answers } from './engine/answers.js'
export { CaptureError, WeirError } from './errors.js'
export type { WeirErrorCode } from './errors.js'
export { PolicyError } from './policy/error.js'
export type { Problem } from './policy/error.js'
export { LivePolicy } from './policy/live.js'
export type { LiveEvent, LiveOptions as LivePolicyOptions, LiveState } from './policy/live.js'
export { parsePolicy } from './policy/parse.js'
export { compilePolicy } from './policy/plan.js'
export type { EngineSettings, Plan } from './policy/plan.js'
export type { Policy, Profile } from './policy/policy.js'
export { changeConsent, effectiveConsent, NO_CONSENT, withdrawConsent } from './privacy/consent.js'
export type { Consent, EffectiveConsent, Purgeable } from './privacy/consent.js'
export { deviceGate } from './privacy/device.js'
export { FollowedConsent } from './privacy/follow.js'
export { makeGate } from './privacy/gate.js'
export type { ClearedRecord, ClearedRun, Gate } from './privacy/gate.js'
export { GATES } from './privacy/gates.js'
export type { GateName, GateValues } from './privacy/gates.js'
export { INVENTORY } from './privacy/inventory.js'
export type { Destination, RecordKind } from './privacy/inventory.js'
export type { ClearedDns, ClearedFlow, Report } from './privacy/reports.js'
export { ClearedSource } from './privacy/source.js'
export { ConsentStore } from './privacy/store.js'
export type { RuleDetail } from './records/decode.js'
export { encode } from './records/encode.js'
export { SCHEMA_VERSION } from './records/types.js'
export type {
  BothWays,
  DnsAnswer,
  DnsRecord,
  Endpoint,
  FlowRecord,
  RuleSource,
  SeenHost,
  TrafficRecord,
} from './records/types.js'
export * from './records/vocabulary.js'
export { Device } from './tun/device.js'
export type { DeviceOptions } from './tun/device.js'
export { Guard, leftovers, ObservingEngine } from './tun/guard.js'
export type { GuardOptions } from './tun/guard.js'
export { Hairpin } from './tun/hairpin.js'
export type { OnFlow } from './tun/hairpin.js'
export type { OnUdpFlow, UdpFlowSocket } from './tun/udpflows.js'
export { Live } from './tun/live.js'
export type {
  BlockedCapture,
  HairpinOptions,
  LiveCounters,
  LiveDevice,
  LiveOptions,
  OriginalFlow,
} from './tun/live.js'
