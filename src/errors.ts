/** Stable codes; the text beside them is for people and may change. */
export type WeirErrorCode =
  /** An argument is out of its documented range. */
  | 'WEIR_BAD_ARGUMENT'
  /** The object was closed, or its memory has gone. */
  | 'WEIR_CLOSED'
  /** The memory that the configuration asks for could not be had. */
  | 'WEIR_NO_MEMORY'
  /** The compiled ruleset is truncated or corrupt. */
  | 'WEIR_BAD_RULESET'
  /** The compiled ruleset has another format version. */
  | 'WEIR_RULESET_VERSION'
  /** A list cannot be compiled at all; bad lines are diagnostics, not errors. */
  | 'WEIR_BAD_LIST'
  /** A policy breaks its schema, or asks for what is not there; see `PolicyError`. */
  | 'WEIR_BAD_POLICY'
  /** A scenario of `weir sim` breaks its schema, or asks for what there is not. */
  | 'WEIR_BAD_SCENARIO'
  /** A file cannot be opened or read. */
  | 'WEIR_CANNOT_READ'
  /** A file cannot be written. */
  | 'WEIR_CANNOT_WRITE'
  /** The file is no pcap or pcapng capture. */
  | 'WEIR_NOT_A_CAPTURE'
  /** The capture breaks off or breaks its format's rules; see `CaptureError.offset`. */
  | 'WEIR_CAPTURE_DAMAGED'
  /** A packet thread has the engine; it must stop first. */
  | 'WEIR_ENGINE_BUSY'
  /** This system has no TUN device. */
  | 'WEIR_NO_TUN'
  /** The process lacks a capability; the message says which. */
  | 'WEIR_NOT_PERMITTED'
  /** The device, an address or a route is in use. */
  | 'WEIR_DEVICE_BUSY'
  /** The device cannot be set up for another reason. */
  | 'WEIR_DEVICE_FAILED'
  /** The native addon is missing or belongs to another version. */
  | 'WEIR_NO_ADDON'
  /** The store of lists is damaged, or belongs to a newer version. */
  | 'WEIR_BAD_STORE'
  /** Another process is at work on the store of lists. */
  | 'WEIR_STORE_BUSY'
  /** A list cannot be fetched: the connection, the server's answer, or a limit. */
  | 'WEIR_FETCH_FAILED'
  /** A list would be fetched through a tunnel, which may be the inspected one. */
  | 'WEIR_FETCH_TUNNELLED'
  /** What was fetched is not the list that was asked for: checksum, signature, content. */
  | 'WEIR_FEED_REFUSED'
  /** A record or report has a field or a value that the inventory does not list: it goes nowhere. */
  | 'WEIR_NOT_IN_INVENTORY'
  /** The consent file is damaged or breaks its schema, or a gate would be opened by who may not. */
  | 'WEIR_BAD_CONSENT'
  /** A store of records is damaged, or of a newer version. */
  | 'WEIR_BAD_HISTORY'
  /** A fleet's database cannot be reached, or set up. */
  | 'WEIR_FLEET_FAILED'

/** The only kind of error that Weir throws on purpose. */
export class WeirError extends Error {
  readonly code: WeirErrorCode

  constructor(code: WeirErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'WeirError'
    this.code = code
  }
}

/** A capture that is none, or that is damaged at `offset`. */
export class CaptureError extends WeirError {
  /** Bytes from the start of the capture, after decompression. */
  readonly offset: number

  constructor(
    code: 'WEIR_NOT_A_CAPTURE' | 'WEIR_CAPTURE_DAMAGED',
    message: string,
    offset: number,
    options?: ErrorOptions,
  ) {
    super(code, message, options)
    this.name = 'CaptureError'
    this.offset = offset
  }
}
