import type pg from 'pg'
import { connect, type DatabasePlace } from '../own-connection.js'

/** A connection for statements that take as long as they take, and that write values in one form; to be ended. */
export async function connectForCopy(place: DatabasePlace): Promise<pg.Client> {
  const client = await connect(place, 'headwater backup')
  await client.query(`SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0;
    SET client_encoding = 'UTF8'; SET DateStyle = 'ISO'; SET TimeZone = 'UTC'; SET bytea_output = 'hex'`)
  return client
}
