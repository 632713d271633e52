import { z } from 'zod'

/** The name of a host, as URLs have it, e.g. without capital letters; null for what is none. */
export function hostNameOf(text: string): string | null {
  if (/[\s/?#@\\*%]/.test(text) || !URL.canParse(`http://${text}`)) return null
  return withoutRoot(new URL(`http://${text}`).hostname)
}

/** `example.com.` is `example.com`. */
export function withoutRoot(hostname: string): string {
  return hostname.replace(/\.$/, '')
}

/** A list of hosts, with commas between them, each by `nameOf`; `expected` says what its entries are. */
export function hostList(nameOf: (text: string) => string | null, expected: string) {
  return z
    .string()
    .default('')
    .transform((text, context) =>
      text.split(',').flatMap((entry) => {
        if (entry.trim() === '') return []
        const name = nameOf(entry.trim())
        if (name === null) context.addIssue({ code: 'custom', message: `expected ${expected}` })
        return name === null ? [] : [name]
      }),
    )
}

/** With its port, where one is given. */
export function hostAndPortOf(text: string): string | null {
  const [, host = '', port] = /^(.+?)(?::(\d{1,5}))?$/.exec(text) ?? []
  const name = hostNameOf(host)
  if (name === null || /:\d*$/.test(host.replace(/\[.*\]/, ''))) return null
  if (port === undefined) return name
  return Number(port) >= 1 && Number(port) <= 65_535 ? `${name}:${Number(port)}` : null
}

/** Without a port: whatever it is. */
export function bareHostOf(text: string): string | null {
  return /:\d*$/.test(text.replace(/\[.*\]/, '')) ? null : hostNameOf(text)
}
