import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** An address that a name has. */
export interface Address {
  address: string
  family: number
}

/** Finds all addresses of a name. */
export type Resolve = (hostname: string) => Promise<Address[]>

/** Nothing is sent there. */
export class RefusedAddress extends Error {}

/**
 * Whether an address is one of the public internet: not private, loopback, link-local, shared by providers, multicast,
 * reserved or unspecified, nor one that leads to an IPv4 address (mapped, NAT64, 6to4, Teredo), whatever that is.
 */
export function isPublic(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.parse(address).range() === 'unicast' && !isLocalNat64(address)
}

/** RFC 8215: ipaddr.js takes it for any other. */
function isLocalNat64(address: string): boolean {
  const parsed = ipaddr.parse(address)
  return parsed instanceof ipaddr.IPv6 && parsed.match(ipaddr.IPv6.parse('64:ff9b:1::'), 48)
}

/** Whether an operator has allowed a host by its name, or by its name and port. */
export function isAllowed({ hostname, port, protocol }: URL, allowed: readonly string[]): boolean {
  const host = hostname.toLowerCase()
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
