import { v5 as uuidv5, v7 as uuidv7 } from 'uuid'
import type { Webhook, WebhookEvent } from '../../../lineage/webhooks/webhook.js'
import type { Session } from '../database.js'
import { unprepared } from '../statement.js'

/** What a webhook is to be told. */
export interface Draft {
  id: string
  webhookId: string
  orderingKey: string
  event: WebhookEvent
  /** As JSON. */
  payload: string
  /** The transaction that it follows from; null where it follows from all that has been looked at. */
  transactionId: bigint | null
}

/** `once`: of what is told once, however often it is come by. */
export function draft(
  { webhookId }: Webhook,
  orderingKey: string,
  event: WebhookEvent,
  payload: string,
  { once, transactionId = null }: { once?: string; transactionId?: bigint | null } = {},
): Draft {
  const id = once === undefined ? uuidv7() : uuidv5(once, webhookId)
  return { id, webhookId, orderingKey, event, payload, transactionId }
}

/** The most that is written in one transaction: deliveries, and characters of them. */
const MOST_DRAFTS = 5_000
const MOST_CHARACTERS = 16 * 1_024 * 1_024
/** The most that is sent to the database in one statement. */
const PIECE = { drafts: 1_000, characters: 2 * 1_024 * 1_024 }

/** What has been looked at in one go has come to more than is written in one. */
class TooMuchAtOnce extends Error {
  override readonly name = 'TooMuchAtOnce'
}

/** What webhooks are to be told of what is looked at in one go. */
export class Drafts {
  readonly #all: Draft[] = []
  #characters = 0

  /** `isOne`: one thing has been looked at, so that it is all that can be had, however much it is. */
  constructor(private readonly isOne: boolean) {}

  /** Throws TooMuchAtOnce. */
  add(one: Draft): void {
    this.#all.push(one)
    this.#characters += one.payload.length
    this.check(this.#all.length)
  }

  /** Throws TooMuchAtOnce where so many rows are to be written. */
  check(rows: number): void {
    if (this.isOne || (rows <= MOST_DRAFTS && this.#characters <= MOST_CHARACTERS)) return
    throw new TooMuchAtOnce('webhooks: too much to be told in one go')
  }

  /** In the order of transactions; behind them what follows from all. */
  inOrder(): Draft[] {
    return [...this.#all].sort((a, b) => {
      if (a.transactionId === b.transactionId) return 0
      if (a.transactionId === null) return 1
      return b.transactionId === null || a.transactionId < b.transactionId ? -1 : 1
    })
  }
}

const INSERT =
  unprepared(`INSERT INTO webhook_delivery (id, webhook_id, ordering_key, place, event, payload, created_at, status, attempts, due_at,
     expires_at)
   SELECT id, "webhookId", "orderingKey", $2::bigint + place, event, payload::jsonb, $3::timestamptz, 'PENDING', 0,
     $3::timestamptz, $4::timestamptz
   FROM json_to_recordset($1::json) AS r(id uuid, "webhookId" uuid, "orderingKey" text, place int, event text,
     payload text)
   ON CONFLICT (id) DO NOTHING`)

/** In their order, from a place on. */
export async function insertDrafts(
  session: Session,
  drafts: readonly Draft[],
  firstPlace: bigint,
  now: Date,
  expiresAt: Date,
): Promise<void> {
  const rows = drafts.map(({ transactionId: _, ...one }, place) => ({ ...one, place }))
  for (const piece of piecesOf(rows))
    await session.run(INSERT, [JSON.stringify(piece), String(firstPlace), now, expiresAt])
}

function piecesOf<Row extends { payload: string }>(rows: readonly Row[]): Row[][] {
  const pieces: Row[][] = []
  let characters = 0
  for (const row of rows) {
    const piece = pieces.at(-1)
    characters += row.payload.length
    if (piece !== undefined && piece.length < PIECE.drafts && characters <= PIECE.characters) piece.push(row)
    else {
      pieces.push([row])
      characters = row.payload.length
    }
  }
  return pieces
}
