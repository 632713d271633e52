import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { withoutRoot } from '../host-names.js'

/** An address that a name has. */
export interface Address {
  address: string
  family: number
}

/** Finds all addresses of a name. */
export type Resolve = (hostname: string) => Promise<Address[]>

/** Nothing is sent there. */
export class RefusedAddress extends Error {}

/** All that is given to somebody on the public internet: whatever else has a meaning of its own, e.g. leads to an IPv4 address. */
const GLOBAL_UNICAST = ipaddr.IPv6.parse('2000::')

/**
 * Whether an address is one of the public internet, by IANA's registries of special addresses: not private, loopback,
 * link-local, shared by providers, multicast, reserved or unspecified, nor one that leads to an IPv4 address (mapped,
 * compatible, NAT64, 6to4, Teredo), whatever that is.
 */
export function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.parse(address)
  if (parsed instanceof ipaddr.IPv6 && !parsed.match(GLOBAL_UNICAST, 3)) return false
  return parsed.range() === 'unicast'
}

/** Whether an operator has allowed a host by its name, or by its name and port. */
export function isAllowed({ hostname, port, protocol }: URL, allowed: readonly string[]): boolean {
  const host = withoutRoot(hostname)
  const withPort = `${host}:${port === '' ? (protocol === 'https:' ? '443' : '80') : port}`
  return allowed.some((one) => one === host || one === withPort)
}

/**
 * The addresses to connect to, and no others: all that the host has now. Throws RefusedAddress where one of them is not
 * public, and nobody has allowed the host.
 */
export async function addressesOf(
  url: URL,
  allowed: readonly string[],
  resolve: Resolve,
): Promise<Address[]> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const family = isIP(host)
  const addresses = family === 0 ? await resolve(host) : [{ address: host, family }]
  if (addresses.length === 0) throw new Error(`${host} has no address`)
  const refused = addresses.find(({ address }) => !isPublic(address))
  if (refused !== undefined && !isAllowed(url, allowed)) {
    throw new RefusedAddress(
      `refused: ${host} has the address ${refused.address}, which is not of the public internet; HEADWATER_WEBHOOK_HOSTS allows hosts`,
    )
  }
  return addresses
}
