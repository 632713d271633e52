/** A statement that PostgreSQL plans once a connection: its name is its identity there. */
export interface Statement {
  name: string
  text: string
}

/** Names a statement, so that it is prepared at first use. One text a name, in all of the program. */
export function statement(name: string, text: string): Statement {
  return { name: `headwater ${name}`, text }
}
