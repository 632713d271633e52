import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import type { DocumentNode } from 'graphql'
import { createTestDatabase, type TestDatabase } from './database.js'
import { program } from './program.js'

const { readConfig, createLogger, startServer, print } = program

/** What GraphQL answered, with its HTTP status. */
export interface Answer<Data> {
  status: number
  headers: Headers
  data: Data | null
  errors: { message: string; path?: (string | number)[]; extensions: { code: string; field?: string } }[]
}

/** A real server on a database of its own, spoken to over HTTP. */
export interface TestServer extends AsyncDisposable {
  url: string
  database: TestDatabase
  /** Whatever comes back, errors included. */
  ask<Data, Variables>(
    document: TypedDocumentNode<Data, Variables> | DocumentNode | string,
    variables?: Variables,
  ): Promise<Answer<Data>>
  /** The data of an answer that must have no errors. */
  query<Data, Variables>(
    document: TypedDocumentNode<Data, Variables> | DocumentNode | string,
    variables?: Variables,
  ): Promise<Data>
  /** The SQL statements that `work` makes the server send, those that open and close transactions aside. */
  statementsOf(work: () => Promise<unknown>): Promise<string[]>
  /**
   * Brings the graph in the server's process to what SQL has done beside it: rows added, or (`anew`) others, which then
   * can be searched too.
   */
  seeDatabase(how?: 'added' | 'anew'): Promise<void>
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** What walks are answered from: every answer must be the same. */
export const WALKED = {
  'the graph in the process': {},
  PostgreSQL: { HEADWATER_GRAPH_EDGES: '0' },
} satisfies Record<string, Record<string, string>>

export interface TestServerOptions {
  /** Another server's database; by default a new one, that goes with the server. */
  database?: TestDatabase
  variables?: Record<string, string>
  /** Where the log goes, line by line; by default to stderr. */
  logTo?: { write(line: string): void }
  /** False for a server whose graph need not have been loaded yet. */
  isLoaded?: boolean
}

const TRANSACTION = /^(BEGIN|COMMIT|ROLLBACK)/

export async function startTestServer({
  database,
  variables = {},
  logTo,
  isLoaded = true,
}: TestServerOptions = {}): Promise<TestServer> {
  const own = database ?? (await createTestDatabase())
  const config = readConfig({
    DATABASE_URL: own.url,
    PORT: '0',
    HEADWATER_LOG_LEVEL: 'fatal',
    // Nothing is sent but what a test has asked for.
    HEADWATER_WEBHOOK_POLL_MS: '600000',
    ...variables,
  })
  let statements: string[] = []
  const server = await startServer({
    config,
    logger: createLogger(config, logTo),
    onStatement: (text) => statements.push(text),
  })

  const { graph, searchFill, foreignTransactions } = server
  if (isLoaded) await Promise.all([graph.settled, searchFill.settled, foreignTransactions.settled])

  async function ask<Data, Variables>(
    document: TypedDocumentNode<Data, Variables> | DocumentNode | string,
    values?: Variables,
  ): Promise<Answer<Data>> {
    const query = typeof document === 'string' ? document : print(document)
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables: values }),
    })
    const { data = null, errors = [] } = (await response.json()) as Partial<Answer<Data>>
    return { status: response.status, headers: response.headers, data, errors }
  }

  return {
    url: server.url,
    database: own,
    ask,
    query: async (document, values) => {
      const { data, errors } = await ask(document, values)
      if (data === null || errors.length > 0) throw new Error(`unexpected errors: ${JSON.stringify(errors)}`)
      return data
    },
    statementsOf: async (work) => {
      statements = []
      await work()
      return statements.filter((text) => !TRANSACTION.test(text))
    },
    seeDatabase: async (how = 'added') => {
      if (how === 'added') await server.graph.catchUp()
      else await Promise.all([server.graph.reload(), server.searchFill.start()])
    },
    stop: () => server.stop(),
    [Symbol.asyncDispose]: async () => {
      await server.stop()
      if (database === undefined) await own[Symbol.asyncDispose]()
    },
  }
}
