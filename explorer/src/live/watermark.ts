/** What has happened in the meantime is told one by one no longer than after so long, in ms: then all is asked anew. */
const RESUMABLE_MS = 60_000

let latest: { watermark: string | null; at: number } = { watermark: null, at: 0 }

/** Up to where all that was recorded is known, as of now. */
export function noteWatermark(watermark: string | null): void {
  latest = { watermark, at: Date.now() }
}

/** That, unless it was too long ago. */
export function latestWatermark(): string | null {
  return Date.now() - latest.at > RESUMABLE_MS ? null : latest.watermark
}
