/** The colours of theme.css that a picture is made of. */
export const COLOURS = [
  'ground',
  'surface',
  'line',
  'text',
  'soft',
  'accent',
  'accent-ground',
  'fresh',
  'stale',
  'bad',
] as const

/** A colour for each, as CSS writes it. */
export type Palette = Record<(typeof COLOURS)[number], string>

/** How a status looks. */
export const STATUS_COLOURS = { FRESH: 'fresh', STALE: 'stale', MISSING: 'soft', RETIRED: 'soft' } as const
