import { HeadwaterError } from '../../errors/headwater-error.js'
import type { MaterializationRef } from '../entities.js'

/** Transactions with ids from one to another, both among them. */
export type Span = readonly [from: bigint, to: bigint]

/**
 * What has been recorded up to some moment, as transactions: those with ids below `next`, but for `open`. It serves both
 * to ask for a state that holds at least so much and, with `open`, to tell exactly what has been recorded since: a
 * transaction that began early may commit late.
 */
export interface Watermark {
  next: bigint
  /** In the order of ids, none touching another. What had not ended, or nobody knows that it had. */
  open: readonly Span[]
  /** Of one more transaction the materializations up to one, in the order of `comparePlaces`; null for none. */
  within: RecordedPlace | null
}

/** Where a materialization stands in the sequence of all that is recorded. */
export interface RecordedPlace extends MaterializationRef {
  transactionId: bigint
}

/** The order of transactions; within one, that of ids. */
function comparePlaces(a: RecordedPlace, b: RecordedPlace): number {
  if (a.transactionId !== b.transactionId) return a.transactionId < b.transactionId ? -1 : 1
  return compare(a.materializationId, b.materializationId) || compare(a.assetId, b.assetId)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Whether something was recorded before a watermark. */
export function holds({ next, open, within }: Watermark, place: RecordedPlace): boolean {
  const { transactionId } = place
  if (within !== null && within.transactionId === transactionId) return comparePlaces(place, within) <= 0
  return transactionId < next && !isIn(open, transactionId)
}

/** Whether an id is in one of some spans. */
function isIn(spans: readonly Span[], id: bigint): boolean {
  return spans.some(([from, to]) => from <= id && id <= to)
}

/** The ids that two lists of spans share. */
function shared(some: readonly Span[], others: readonly Span[]): Span[] {
  const common: Span[] = []
  for (const [from, to] of some) {
    for (const [otherFrom, otherTo] of others) {
      const [least, most] = [greater(from, otherFrom), lesser(to, otherTo)]
      if (least <= most) common.push([least, most])
    }
  }
  return common
}

/** Spans that come in order; what touches is put together, what is empty left out. */
export function spansOf(spans: Iterable<Span>): Span[] {
  const joined: [bigint, bigint][] = []
  for (const [from, to] of spans) {
    const last = joined.at(-1)
    if (last !== undefined && from <= last[1] + 1n) last[1] = greater(to, last[1])
    else if (from <= to) joined.push([from, to])
  }
  return joined
}

/** Of one id each. */
export function singles(ids: readonly bigint[]): Span[] {
  return ids.map((id) => [id, id])
}

/**
 * The watermark behind the next thing that was recorded. `isLast`: whether it is the last of its transaction.
 * `underWay`: the transactions that have not ended, in the order of their ids.
 */
export function advanced(
  { next, open }: Watermark,
  place: RecordedPlace,
  isLast: boolean,
  underWay: readonly bigint[],
): Watermark {
  const { transactionId: id } = place
  const within = isLast ? null : place
  if (id < next) return { next, open: openFrom(isLast ? id + 1n : id, open, underWay), within }
  const passed = underWay.filter((one) => next <= one && one < id)
  return { next: isLast ? id + 1n : id, open: spansOf([...open, ...singles(passed)]), within }
}

/**
 * The watermark of who has got to `own` and is told of one more thing by somebody whose watermark is `other` then. What
 * is open to both, or to one alone that the other has not come to, may still come.
 */
export function mergedWatermark(own: Watermark, other: Watermark): Watermark {
  const beyond = (next: bigint) => [[next, GREATEST_ID] as const]
  const ownOpen = shared(own.open, spansOf([...other.open, ...beyond(other.next)]))
  const otherOpen = shared(other.open, beyond(own.next))
  return {
    next: greater(own.next, other.next),
    open: spansOf([...ownOpen, ...otherOpen].sort(([a], [b]) => (a < b ? -1 : 1))),
    within: other.within,
  }
}

/** What is left of some spans where everything below an id has been read, but for what has not ended. */
export function openFrom(id: bigint, open: readonly Span[], underWay: readonly bigint[]): Span[] {
  const left = [...singles(underWay.filter((one) => one < id)), [id, GREATEST_ID] as const]
  return shared(open, spansOf(left))
}

const GREATEST_ID = (1n << 64n) - 1n

/** Math.max knows no bigint. */
function greater(one: bigint, other: bigint): bigint {
  if (one < other) return other
  return one
}

function lesser(one: bigint, other: bigint): bigint {
  if (one < other) return one
  return other
}

/** As clients hold it: opaque, so that it can come to hold more. */
export function encodeWatermark({ next, open, within }: Watermark): string {
  const parts = [String(next)]
  if (open.length > 0 || within !== null)
    parts.push(open.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(','))
  if (within !== null)
    parts.push(`${within.transactionId},${within.materializationId},${within.assetId}`.replaceAll('-', ''))
  return Buffer.from(`w2:${parts.join(':')}`).toString('base64url')
}

/** Those that PostgreSQL will ever give out have fewer digits than 64 bits have room for. */
const ID = /\d{1,18}/.source
const SPAN = `${ID}(?:-${ID})?`
const UUID = /[0-9a-f]{32}/.source
/** Those of older versions, `w1`, say nothing of what had not ended. */
const FORM = new RegExp(`^w[12]:(${ID})(?::((?:${SPAN}(?:,${SPAN})*)?)(?::(${ID}),(${UUID}),(${UUID}))?)?$`)
/** Longer ones are none of ours. */
const MOST_CHARACTERS = 32_000

/** Throws BAD_USER_INPUT, naming the field, where this is no watermark. */
export function parseWatermark(field: string, text: string): Watermark {
  const found =
    text.length > MOST_CHARACTERS ? null : FORM.exec(Buffer.from(text, 'base64url').toString('latin1'))
  const next = found?.[1]
  if (found === null || next === undefined) {
    throw new HeadwaterError(
      'BAD_USER_INPUT',
      `${field}: expected a watermark that this API answered with, got ${JSON.stringify(text.slice(0, 200))}`,
      { field },
    )
  }
  const [, , open = '', transactionId, materializationId, assetId] = found
  return {
    next: BigInt(next),
    // Whoever asks may have made them up.
    open: spansOf((open === '' ? [] : open.split(',').map(parseSpan)).sort(([a], [b]) => (a < b ? -1 : 1))),
    within:
      transactionId === undefined || materializationId === undefined || assetId === undefined
        ? null
        : {
            transactionId: BigInt(transactionId),
            materializationId: dashed(materializationId),
            assetId: dashed(assetId),
          },
  }
}

function parseSpan(text: string): Span {
  const [from = '', to = from] = text.split('-')
  return [BigInt(from), BigInt(to)]
}

function dashed(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
