import { HeadwaterError } from '../../errors/headwater-error.js'

/**
 * A watermark holds the first transaction id that had not been given out: everything that was committed when it
 * was made has a smaller one. It is opaque to clients, so that it can come to hold more.
 */
export function watermarkOf(nextTransactionId: bigint): string {
  return Buffer.from(`w1:${nextTransactionId}`).toString('base64url')
}

/** Throws BAD_USER_INPUT where this is no watermark. */
export function parseWatermark(watermark: string): bigint {
  const digits = /^w1:(\d{1,20})$/.exec(Buffer.from(watermark, 'base64url').toString('latin1'))?.[1]
  if (digits === undefined) {
    throw new HeadwaterError(
      'BAD_USER_INPUT',
      `atLeast: expected a watermark that this API answered with, got ${JSON.stringify(watermark)}`,
      { field: 'atLeast' },
    )
  }
  return BigInt(digits)
}

/** What is answered where a state that a client asks for has not been reached. */
export function notReached(): HeadwaterError {
  return new HeadwaterError(
    'SERVICE_UNAVAILABLE',
    'atLeast: this database has not reached that watermark; try again shortly',
  )
}
