import { native } from '../engine/native.js'

/** What a service manager says in the environment (sd_notify(3), sd_watchdog_enabled(3)). */
export interface ManagerSays {
  readonly NOTIFY_SOCKET?: string | undefined
  /** Microseconds between two signs of life, at most. */
  readonly WATCHDOG_USEC?: string | undefined
  readonly WATCHDOG_PID?: string | undefined
}

/** Tells a service manager how the process is; nobody where there is none. */
export class Manager {
  readonly #socket: string | undefined
  readonly #interval: number
  #timer: NodeJS.Timeout | undefined

  constructor(says: ManagerSays = process.env) {
    this.#socket = says.NOTIFY_SOCKET
    const isOurs = says.WATCHDOG_PID === undefined || Number(says.WATCHDOG_PID) === process.pid
    this.#interval = isOurs ? Math.floor(Number(says.WATCHDOG_USEC ?? 0) / 2000) : 0
  }

  /**
   * It is up. From here on it gives signs of life, each after `isAlive`, which throws, or does not come back, when
   * something is wrong.
   */
  ready(isAlive: () => void): void {
    this.#tell('READY=1')
    if (this.#socket === undefined || !(this.#interval > 0)) return
    this.#timer = setInterval(() => {
      isAlive()
      this.#tell('WATCHDOG=1')
    }, this.#interval)
  }

  stopping(): void {
    clearInterval(this.#timer)
    this.#tell('STOPPING=1')
  }

  #tell(text: string): void {
    if (this.#socket !== undefined) native().liveNotify(this.#socket, text)
  }
}
