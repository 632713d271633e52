import { LineageClient } from '../../../clients/typescript/src/index.js'
import { sessionFetch } from '../session/session.js'

/** The server that this page came from. */
export const client = new LineageClient({ url: '/', retries: 1, fetch: sessionFetch })
