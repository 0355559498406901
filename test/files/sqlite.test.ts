import { expect, it } from 'vitest'
import { openSqlite } from '../../src/files/sqlite.js'

it('is asked for a value and for rows in turns, by one statement', () => {
  const db = openSqlite(':memory:')
  db.pragma('user_version = 7')
  expect(db.pragma('user_version', { simple: true })).toBe(7)
  expect(db.pragma('user_version')).toEqual([{ user_version: 7 }])
  expect(db.prepare('SELECT 1')).toBe(db.prepare('SELECT 1'))
  db.close()
})
