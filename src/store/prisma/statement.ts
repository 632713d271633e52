/** A statement that PostgreSQL plans once a connection: its name is its identity there. */
export interface Statement {
  name: string
  text: string
}

const texts = new Map<string, string>()

/** Every statement of the program, its text by its name. */
export const preparedStatements: ReadonlyMap<string, string> = texts

/** Names a statement, so that it is prepared at first use. Throws where another has this name. */
export function statement(name: string, text: string): Statement {
  if (texts.has(name)) throw new Error(`two statements are named ${name}`)
  texts.set(name, text)
  return { name: `headwater ${name}`, text }
}

/**
 * A statement that is planned whenever it is sent: one that is seldom sent, or of tables that are empty at one time and
 * hold millions of rows at another, for which a plan that is kept would be wrong.
 */
export function unprepared(text: string): Statement {
  return { name: '', text }
}
