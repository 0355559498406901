import { userInfo } from 'node:os'
import { WeirError } from '../errors.js'

/** Somebody else, as the system knows them. */
export interface Account {
  readonly uid: number
  readonly gid: number
  readonly home: string
}

/** Of `user` or `user:group`. Throws WEIR_NOT_PERMITTED: unknown, or this process may not become them. */
export function accountOf(who: string): Account {
  const before = [process.geteuid!(), process.getegid!()] as const
  const [user, group] = split(who)
  return trying(who, () => {
    try {
      process.setegid!(group)
      process.seteuid!(user)
      const { uid, homedir } = userInfo()
      return { uid, gid: process.getegid!(), home: homedir }
    } finally {
      process.seteuid!(before[0])
      process.setegid!(before[1])
    }
  })
}

/** `user` or `user:group`. The device stays open: only making it needs the capability. */
export function dropPrivileges(who: string | undefined): void {
  if (who === undefined) return
  const [user, group] = split(who)
  trying(who, () => {
    process.setgroups!([])
    process.setgid!(group)
    process.setuid!(user)
  })
}

function split(who: string): [user: string, group: string] {
  const [user = '', group = user] = who.split(':')
  return [user, group]
}

function trying<T>(who: string, change: () => T): T {
  try {
    return change()
  } catch (cause) {
    throw new WeirError('WEIR_NOT_PERMITTED', `--user ${who}: ${(cause as Error).message}`, {
      cause,
    })
  }
}
