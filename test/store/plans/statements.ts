import { jest } from '@jest/globals'
import { statement } from '../../../src/store/prisma/statement.js'

/**
 * Every statement that the store prepares, its text by the name that the store gives it. They are made when their
 * modules are loaded, so this comes before anything of the server is imported.
 */
export function collectStatements(): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  jest.unstable_mockModule('../../../src/store/prisma/statement.js', () => ({
    statement: (name: string, text: string) => {
      if (found.has(name)) throw new Error(`two statements are named ${name}`)
      found.set(name, text)
      return statement(name, text)
    },
  }))
  return found
}

/** The name that the store gave a statement, of the one under which it was sent. */
export function nameOf(sentName: string): string {
  return sentName.replace(/^headwater /, '')
}
