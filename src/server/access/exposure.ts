import { isIP } from 'node:net'
import { StartupError } from '../../errors/startup-error.js'
import type { Config } from '../config.js'

/** Throws a StartupError where other machines could do everything, and nobody has said that they may. */
export function checkExposure({ host, auth, allowAnonymous }: Config): void {
  if (auth || allowAnonymous || isLoopback(host)) return
  throw new StartupError(
    `HOST ${host} can be reached by others, who could read and record everything: set HEADWATER_AUTH=on and make tokens with \`headwater token create\`, or set HEADWATER_ALLOW_ANONYMOUS=yes where something else keeps them out`,
  )
}

/** Whether only this machine can reach an address. */
export function isLoopback(host: string): boolean {
  const address = host.toLowerCase().replace(/^::ffff:/, '')
  if (isIP(address) === 4) return address.startsWith('127.')
  return host.toLowerCase() === 'localhost' || /^(0{0,4}:){1,7}0{0,3}1$/.test(host)
}
