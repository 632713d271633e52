import { existsSync, readFileSync } from 'node:fs'

/**
 * What a process holds in memory, in MB; null where the system has no /proc.
 *
 * @param {number} pid
 * @returns {{ resident: number, 'greatest so far': number } | null}
 */
export function memoryOf(pid) {
  const file = `/proc/${pid}/status`
  if (!existsSync(file)) return null
  const text = readFileSync(file, 'utf8')
  const megabytes = (name) =>
    (Number(new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(text)?.[1]) * 1_024) / 1e6
  return { resident: megabytes('VmRSS'), 'greatest so far': megabytes('VmHWM') }
}
