import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import type { DocumentNode } from 'graphql'
import { callerOf } from './callers.js'
import { program } from './program.js'
import type { TestServer } from './server.js'

/** The same server, asked by who shows a token. */
export function asking(server: TestServer, token: string): TestServer {
  const caller = callerOf(server, token)
  const ask: TestServer['ask'] = <Data, Variables>(
    document: TypedDocumentNode<Data, Variables> | DocumentNode | string,
    variables?: Variables,
  ) =>
    caller.ask<Data>(typeof document === 'string' ? document : program.print(document), variables as object)
  return {
    ...server,
    ask,
    query: async (document, variables) => {
      const { data, errors } = await ask(document, variables)
      if (data === null || errors.length > 0) throw new Error(`unexpected errors: ${JSON.stringify(errors)}`)
      return data
    },
  }
}
