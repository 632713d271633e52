import { Random } from './random.js'

/** What was read from one scanned document, at each step of the pipeline. */
export interface ReadDocument {
  scanBytes: number
  text: string
  boxes: readonly { word: string; x: number; y: number }[]
  /** Of each word; null where the engine gave none. */
  wordConfidences: Record<string, number> | null
  type: string
  typeConfidence: number
  /** Other types that it might be, likeliest first. */
  alternatives: readonly { type: string; confidence: number }[]
  claims: readonly { claimId: string; amount: number }[]
  headers: { patient: string; provider: string; receivedOn: string }
  serviceLines: readonly { line: number; code: string; amount: number }[]
  validationErrors: readonly string[]
}

const TYPES = ['medical claim', 'dental claim', 'pharmacy receipt'] as const
const PATIENTS = ['A. Lindqvist', 'J. Okafor', 'M. Haddad', 'R. Castellanos', 'S. Petrov'] as const
const PROVIDERS = ['Harbor Clinic', 'Northgate Dental', 'Riverside Pharmacy'] as const
const CODES = ['99213', '99396', 'D0120', 'D1110', '80053'] as const

/**
 * A document made up from a seed: the same one each time. `isMisread` is the same document through the eyes of an
 * engine that takes the first amount for a greater one, and is not sure.
 */
export function readDocument(seed: number, receivedOn: string, isMisread: boolean): ReadDocument {
  const random = new Random(seed)
  const scanBytes = random.between(180_000, 920_000)
  const claimId = `CLM-${random.between(100_000, 999_999)}`
  const headers = { patient: random.pick(PATIENTS), provider: random.pick(PROVIDERS), receivedOn }
  const type = random.pick(TYPES)
  const printedLines = Array.from({ length: random.between(1, 6) }, (_, at) => ({
    line: at + 1,
    code: random.pick(CODES),
    amount: random.between(2_000, 45_000) / 100,
  }))
  const hasWordConfidences = random.next() < 0.7
  const isUnknownPatient = random.next() < 0.15
  const typeConfidence = isMisread ? 0.7 : random.between(72, 99) / 100

  const serviceLines = printedLines.map((line) => ({
    ...line,
    amount: isMisread && line.line === 1 ? line.amount + 1_000 : line.amount,
  }))
  const total = sumOf(printedLines)
  const text = [
    `${headers.provider} ${type} ${claimId}`,
    `Patient ${headers.patient} received ${receivedOn}`,
    ...serviceLines.map(({ line, code, amount }) => `${line} ${code} ${amount.toFixed(2)}`),
    `Total ${total.toFixed(2)}`,
  ].join('\n')
  const words = text.split(/\s+/)
  const leastConfidence = isMisread ? 55 : 88
  return {
    scanBytes,
    text,
    boxes: words.map((word, at) => ({ word, x: 40 + (at % 8) * 90, y: 60 + (at >> 3) * 22 })),
    wordConfidences: hasWordConfidences
      ? Object.fromEntries(words.map((word) => [word, random.between(leastConfidence, 99) / 100]))
      : null,
    type,
    typeConfidence,
    alternatives: alternativesTo(type, 1 - typeConfidence),
    claims: [{ claimId, amount: total }],
    headers,
    serviceLines,
    validationErrors: [
      ...(isMisread ? [`the service lines add up to ${sumOf(serviceLines)}, the claim says ${total}`] : []),
      ...(isUnknownPatient ? [`the patient ${headers.patient} is not insured`] : []),
    ],
  }
}

function alternativesTo(type: string, confidence: number): ReadDocument['alternatives'] {
  return TYPES.filter((other) => other !== type)
    .map((other, at) => ({ type: other, confidence: cents(confidence * (at === 0 ? 0.7 : 0.3)) }))
    .filter((other) => other.confidence >= 0.03)
}

function sumOf(lines: readonly { amount: number }[]): number {
  return cents(lines.reduce((sum, { amount }) => sum + amount, 0))
}

function cents(amount: number): number {
  return Math.round(amount * 100) / 100
}
