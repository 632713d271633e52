import { resolve } from 'node:path'
import { z } from 'zod'
import { StartupError } from '../errors/startup-error.js'
import type { FreshnessThresholds } from '../lineage/freshness.js'
import { quoted } from '../util/quoted.js'
import { bareHostOf, hostAndPortOf, hostList } from './host-names.js'
import { redacted } from './redaction.js'

function wholeNumber(least: number, most: number) {
  const error = `expected a whole number from ${least} to ${most}`
  return z.coerce.number({ error }).int({ error }).min(least, { error }).max(most, { error })
}

function oneOf<const Value extends string>(...values: Value[]) {
  return z.enum(values, { error: `expected ${values.slice(0, -1).join(', ')} or ${values.at(-1)}` })
}

const httpUrl = z.url({ protocol: /^https?$/, error: 'expected an http or https URL' })

const databaseUrl = z
  .string()
  .regex(/^postgres(ql)?:\/\/[^/?]*\/[^/?]/, 'expected postgresql://user:password@host:port/database')
  .refine((url) => ['public', null].includes(searchParamsOf(url).get('schema')), {
    error: 'expected no schema but public, where the tables of Headwater are',
  })

function searchParamsOf(url: string): URLSearchParams {
  return new URLSearchParams(url.split('?')[1] ?? '')
}

/** Those by which nobody can sign who can only check: with a shared secret, or none, whoever knows the key could. */
const JWT_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const

/** Every setting of the server: its environment variable, its bounds, its default. README lists them. */
const environment = z.object({
  PORT: wholeNumber(0, 65_535).default(4000),
  HOST: z
    .string()
    .min(1)
    .default('127.0.0.1')
    // As in a URL.
    .transform((host) => host.replace(/^\[(.*)\]$/, '$1')),
  HEADWATER_HOSTS: hostList(
    bareHostOf,
    'names of hosts with commas between them, and neither schemes, ports nor paths',
  ),
  HEADWATER_AUTH: oneOf('on', 'off').default('off'),
  HEADWATER_ALLOW_ANONYMOUS: oneOf('yes', 'no').default('no'),
  HEADWATER_AUDIT: oneOf('on', 'off').optional(),
  HEADWATER_JWT_ISSUER: z.string().min(1).optional(),
  HEADWATER_JWT_AUDIENCE: z.string().min(1).optional(),
  HEADWATER_JWT_JWKS_URL: httpUrl.optional(),
  HEADWATER_JWT_ALGORITHMS: z
    .string()
    .default('RS256,ES256,EdDSA')
    .transform((text) => text.split(',').map((name) => name.trim()))
    .pipe(z.array(z.enum(JWT_ALGORITHMS, { error: `expected some of ${JWT_ALGORITHMS.join(',')}` }))),
  HEADWATER_JWT_CLAIM: z.string().min(1).default('headwater'),
  DATABASE_URL: databaseUrl.optional(),
  HEADWATER_DATA_DIR: z.string().min(1).default('.headwater'),
  HEADWATER_LOG_LEVEL: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent').default('info'),
  HEADWATER_DATABASE_CONNECTIONS: wholeNumber(1, 1_000).default(10),
  HEADWATER_CONNECT_TIMEOUT_MS: wholeNumber(100, 600_000).default(5_000),
  HEADWATER_STATEMENT_TIMEOUT_MS: wholeNumber(100, 3_600_000).default(30_000),
  HEADWATER_BODY_LIMIT_BYTES: wholeNumber(1_024, 1_073_741_824).default(32 * 1024 * 1024),
  HEADWATER_EVENT_LIMIT_BYTES: wholeNumber(1_024, 268_435_456).default(16 * 1024 * 1024),
  HEADWATER_JSON_DEPTH: wholeNumber(8, 1_000_000).default(128),
  HEADWATER_QUERY_TOKENS: wholeNumber(100, 10_000_000).default(10_000),
  HEADWATER_QUERY_SELECTIONS: wholeNumber(100, 10_000_000).default(10_000),
  HEADWATER_QUERY_DEPTH: wholeNumber(1, 10_000).default(64),
  HEADWATER_QUERY_ALIASES: wholeNumber(0, 1_000_000).default(30),
  HEADWATER_QUERY_SAME_KEY: wholeNumber(1, 1_000_000).default(20),
  HEADWATER_QUERY_DIRECTIVES: wholeNumber(0, 1_000_000).default(50),
  HEADWATER_QUERY_COST: wholeNumber(1, 1_000_000_000_000).default(1_000_000),
  HEADWATER_REQUEST_TIMEOUT_MS: wholeNumber(1, 3_600_000).default(60_000),
  HEADWATER_RECEIVE_TIMEOUT_MS: wholeNumber(100, 3_600_000).default(120_000),
  HEADWATER_WALKS: wholeNumber(1, 100_000).default(256),
  HEADWATER_INTROSPECTION: oneOf('on', 'off').default('on'),
  HEADWATER_SUGGESTIONS: oneOf('on', 'off').default('on'),
  HEADWATER_METRICS: oneOf('on', 'off').default('on'),
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl.optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: httpUrl.optional(),
  OTEL_SERVICE_NAME: z.string().default('headwater'),
  HEADWATER_DRAIN_TIMEOUT_MS: wholeNumber(0, 600_000).default(10_000),
  HEADWATER_GRAPH_EDGES: wholeNumber(0, 50_000_000).default(10_000_000),
  HEADWATER_GRAPH_POLL_MS: wholeNumber(10, 600_000).default(250),
  HEADWATER_LIVE_POLL_MS: wholeNumber(10, 600_000).default(100),
  HEADWATER_SUBSCRIPTIONS: wholeNumber(0, 1_000_000).default(10_000),
  HEADWATER_WEBSOCKETS: wholeNumber(0, 1_000_000).default(10_000),
  HEADWATER_WEBSOCKET_OPERATIONS: wholeNumber(1, 1_000_000).default(100),
  HEADWATER_SLOW_CLIENT_MS: wholeNumber(100, 3_600_000).default(10_000),
  HEADWATER_WEBHOOK_POLL_MS: wholeNumber(10, 600_000).default(1_000),
  HEADWATER_WEBHOOK_TIMEOUT_MS: wholeNumber(100, 60_000).default(10_000),
  HEADWATER_WEBHOOK_RETRY_SECONDS: wholeNumber(1, 604_800).default(86_400),
  HEADWATER_WEBHOOK_HOSTS: hostList(
    hostAndPortOf,
    'names of hosts, or host:port, with commas between them, and neither schemes nor paths',
  ),
  HEADWATER_WALK_TIMEOUT_MS: wholeNumber(1, 600_000).default(10_000),
  HEADWATER_FRESH_SECONDS: wholeNumber(0, 1_000_000_000).default(3_600),
  HEADWATER_STALE_SECONDS: wholeNumber(0, 1_000_000_000).default(86_400),
})

/** How large a query may be, by itself. */
export interface QueryLimits {
  tokens: number
  /** Fields and fragments, each as often as it is used. */
  selections: number
  /** Levels of fields. */
  depth: number
  aliases: number
  /** Fields that come under one name of an answer. */
  sameKey: number
  directives: number
  /** What it may cost (see cost.ts). */
  cost: number
}

/** Which JSON Web Tokens count. */
export interface JwtConfig {
  issuer: string
  audience: string
  jwksUrl: URL
  algorithms: readonly string[]
  /** The claim that says what its holder may do. */
  claim: string
}

/** The settings, parsed, with every default filled in. */
export interface Config {
  /** 0 for any that is free. */
  port: number
  host: string
  /** The names by which others call it; where there are some it answers to no others but those of this machine. */
  hosts: readonly string[]
  /** Whether callers must show a token. */
  auth: boolean
  /** Whether anybody may come from other machines, and do everything. */
  allowAnonymous: boolean
  /** Whether it is logged who has changed what. */
  audit: boolean
  /** Null where there are none. */
  jwt: JwtConfig | null
  /** Undefined for the embedded PostgreSQL. */
  databaseUrl: string | undefined
  /** Absolute; used by the embedded PostgreSQL alone. */
  dataDir: string
  logLevel: z.infer<typeof environment>['HEADWATER_LOG_LEVEL']
  databaseConnections: number
  connectTimeoutMs: number
  statementTimeoutMs: number
  /** Of a request, inflated. */
  bodyLimitBytes: number
  /** Of a request with OpenLineage events, inflated. */
  eventLimitBytes: number
  /** How deeply the JSON of a request may nest. */
  jsonDepth: number
  query: QueryLimits
  /** How long a query may take. */
  requestTimeoutMs: number
  /** How long a request may take to arrive. */
  receiveTimeoutMs: number
  /** How many walks may be under way at once. */
  mostWalks: number
  /** Whether the API tells what it consists of. */
  introspection: boolean
  /** Whether an error names what else a misspelt name may have meant; never without introspection. */
  suggestions: boolean
  /** Whether it tells Prometheus how it does. */
  metrics: boolean
  /** Where spans are sent to, and under which name of a service; null for nowhere. */
  traces: { url: string; service: string } | null
  /** How long a stopping server waits for requests under way. */
  drainTimeoutMs: number
  graph: {
    /** Beyond this many edges walks are answered by PostgreSQL, not from this process; 0 for always. */
    mostEdges: number
    /** How often to look for what other servers have recorded. */
    pollMs: number
  }
  live: {
    /** How often subscriptions look for what other servers have recorded. */
    pollMs: number
    /** The most subscriptions at once, however they come. */
    subscriptions: number
    /** The most websockets at once, and operations on one of them. */
    connections: { most: number; operations: number }
    /** Who has read nothing for so long of what is sent is cut off. */
    slowMs: number
  }
  webhooks: {
    /** How often to look for what webhooks are to be told. */
    pollMs: number
    /** How long an attempt may take. */
    timeoutMs: number
    /** How long what fails is tried again. */
    retryMs: number
    /** Hosts that may be sent to though their addresses be not public. */
    allowedHosts: readonly string[]
  }
  /** How long a walk may go on; it answers with what it has then. */
  walkTimeoutMs: number
  freshness: FreshnessThresholds
}

/** Reads the environment, once, at start. Throws a StartupError that names what is wrong. */
export function readConfig(variables: NodeJS.ProcessEnv): Config {
  // An empty variable is how many tools unset one.
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''))
  const parsed = environment.safeParse(given)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const name = String(issue?.path[0])
    // The URL of a database holds a password.
    const came = name === 'DATABASE_URL' ? 'another form' : redacted(quoted(variables[name] ?? ''))
    throw new StartupError(`${name}: ${issue?.message}, got ${came}`)
  }
  const values = parsed.data
  if (values.HEADWATER_STALE_SECONDS < values.HEADWATER_FRESH_SECONDS) {
    throw new StartupError(
      `HEADWATER_STALE_SECONDS: expected at least HEADWATER_FRESH_SECONDS (${values.HEADWATER_FRESH_SECONDS}), got ${values.HEADWATER_STALE_SECONDS}`,
    )
  }
  return {
    port: values.PORT,
    host: values.HOST,
    hosts: values.HEADWATER_HOSTS,
    auth: values.HEADWATER_AUTH === 'on',
    allowAnonymous: values.HEADWATER_ALLOW_ANONYMOUS === 'yes',
    audit: (values.HEADWATER_AUDIT ?? values.HEADWATER_AUTH) === 'on',
    jwt: jwtOf(values),
    databaseUrl: values.DATABASE_URL,
    dataDir: resolve(values.HEADWATER_DATA_DIR),
    logLevel: values.HEADWATER_LOG_LEVEL,
    databaseConnections: values.HEADWATER_DATABASE_CONNECTIONS,
    connectTimeoutMs: values.HEADWATER_CONNECT_TIMEOUT_MS,
    statementTimeoutMs: values.HEADWATER_STATEMENT_TIMEOUT_MS,
    bodyLimitBytes: values.HEADWATER_BODY_LIMIT_BYTES,
    eventLimitBytes: values.HEADWATER_EVENT_LIMIT_BYTES,
    jsonDepth: values.HEADWATER_JSON_DEPTH,
    query: {
      tokens: values.HEADWATER_QUERY_TOKENS,
      selections: values.HEADWATER_QUERY_SELECTIONS,
      depth: values.HEADWATER_QUERY_DEPTH,
      aliases: values.HEADWATER_QUERY_ALIASES,
      sameKey: values.HEADWATER_QUERY_SAME_KEY,
      directives: values.HEADWATER_QUERY_DIRECTIVES,
      cost: values.HEADWATER_QUERY_COST,
    },
    requestTimeoutMs: values.HEADWATER_REQUEST_TIMEOUT_MS,
    receiveTimeoutMs: values.HEADWATER_RECEIVE_TIMEOUT_MS,
    mostWalks: values.HEADWATER_WALKS,
    introspection: values.HEADWATER_INTROSPECTION === 'on',
    suggestions: values.HEADWATER_INTROSPECTION === 'on' && values.HEADWATER_SUGGESTIONS === 'on',
    metrics: values.HEADWATER_METRICS === 'on',
    traces: tracesOf(values),
    drainTimeoutMs: values.HEADWATER_DRAIN_TIMEOUT_MS,
    graph: { mostEdges: values.HEADWATER_GRAPH_EDGES, pollMs: values.HEADWATER_GRAPH_POLL_MS },
    live: {
      pollMs: values.HEADWATER_LIVE_POLL_MS,
      subscriptions: values.HEADWATER_SUBSCRIPTIONS,
      connections: {
        most: values.HEADWATER_WEBSOCKETS,
        operations: values.HEADWATER_WEBSOCKET_OPERATIONS,
      },
      slowMs: values.HEADWATER_SLOW_CLIENT_MS,
    },
    webhooks: {
      pollMs: values.HEADWATER_WEBHOOK_POLL_MS,
      timeoutMs: values.HEADWATER_WEBHOOK_TIMEOUT_MS,
      retryMs: values.HEADWATER_WEBHOOK_RETRY_SECONDS * 1_000,
      allowedHosts: values.HEADWATER_WEBHOOK_HOSTS,
    },
    walkTimeoutMs: values.HEADWATER_WALK_TIMEOUT_MS,
    freshness: {
      freshSeconds: values.HEADWATER_FRESH_SECONDS,
      staleSeconds: values.HEADWATER_STALE_SECONDS,
    },
  }
}

function jwtOf(values: z.infer<typeof environment>): JwtConfig | null {
  const given = {
    HEADWATER_JWT_ISSUER: values.HEADWATER_JWT_ISSUER,
    HEADWATER_JWT_AUDIENCE: values.HEADWATER_JWT_AUDIENCE,
    HEADWATER_JWT_JWKS_URL: values.HEADWATER_JWT_JWKS_URL,
  }
  const {
    HEADWATER_JWT_ISSUER: issuer,
    HEADWATER_JWT_AUDIENCE: audience,
    HEADWATER_JWT_JWKS_URL: url,
  } = given
  const named = Object.entries(given).filter(([, value]) => value !== undefined)
  if (named.length === 0) return null
  if (values.HEADWATER_AUTH === 'off')
    throw new StartupError(
      `${named[0]?.[0]}: expected HEADWATER_AUTH=on beside it: nobody is asked for a token`,
    )
  if (issuer === undefined || audience === undefined || url === undefined) {
    const [lacking] = Object.entries(given).filter(([, value]) => value === undefined)
    throw new StartupError(
      `${lacking?.[0]}: expected one beside ${named.map(([name]) => name).join(' and ')}`,
    )
  }
  return {
    issuer,
    audience,
    jwksUrl: new URL(url),
    algorithms: values.HEADWATER_JWT_ALGORITHMS,
    claim: values.HEADWATER_JWT_CLAIM,
  }
}

/** As OpenTelemetry's specification has it: the endpoint of all signals has a path below it for each. */
function tracesOf(values: z.infer<typeof environment>): Config['traces'] {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: all, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: own } = values
  const url = own ?? (all === undefined ? undefined : `${all.replace(/\/$/, '')}/v1/traces`)
  return url === undefined ? null : { url, service: values.OTEL_SERVICE_NAME }
}
