import { port } from './postmaster-file.js'

const defaults = {
  max_connections: '100',
  shared_buffers: '256MB',
  // After a checkpoint the first change of each page is written whole, ten times the log of the change itself.
  checkpoint_timeout: '15min',
  max_wal_size: '2GB',
  timezone: 'UTC',
  log_timezone: 'UTC',
}

/** What the safety of the cluster and the URL depend on: no TCP, and a socket where we look for it. */
const fixed = {
  listen_addresses: '',
  unix_socket_directories: '.',
  unix_socket_permissions: '0700',
  port: String(port),
  // The log comes to us through the error stream.
  logging_collector: 'off',
  log_destination: 'stderr',
  // Details of an error hold the values of rows.
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
}

/** PostgreSQL's settings: our defaults, then those asked for, then those that nobody may change. */
export function chooseSettings(asked: Readonly<Record<string, string>>): Record<string, string> {
  return { ...defaults, ...asked, ...fixed }
}
