const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'] as const

/** A size as people write it: three digits and a unit, in powers of 1,000. */
export function bytes(size: number | string): string {
  let value = Number(size)
  let unit = 0
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit++
  }
  const text = unit === 0 ? String(value) : value.toPrecision(value >= 99.95 ? 3 : value >= 9.95 ? 3 : 2)
  return `${text} ${UNITS[unit]}`
}
