import { Command, InvalidArgumentError, Option } from 'commander'
import { duration } from './options.js'
import type { CreateTokenOptions } from './token/tokens.js'

/** `headwater token`. */
export function tokenCommand(): Command {
  return new Command('token')
    .description('Make, list and revoke the tokens by which a server knows who asks (HEADWATER_AUTH=on).')
    .addCommand(createCommand())
    .addCommand(listCommand())
    .addCommand(revokeCommand())
    .addHelpText('after', HELP)
}

const HELP = `
It works on the database itself: settings come from the environment, as those of
headwater serve do, and the database is brought to the present schema first. A
server may run on it, on the embedded PostgreSQL too; it knows a new token at
once, and a revoked one no more after 5 seconds.

Exit code: 0 where all went well, 1 where something failed, 2 for wrong usage.

Examples:
  headwater token create --name ocr --scope record --namespace ocr --expires 90d
  headwater token list
  headwater token revoke 3f9a0c11d2e4`

function createCommand(): Command {
  return new Command('create')
    .summary('Make a token, and show it: this once.')
    .description('Make a token, and show it: this once, for only a hash of it is kept.')
    .requiredOption('--name <name>', 'whose it is, or what for: 1 to 200 characters', tokenName)
    .addOption(
      new Option('--scope <scope>', 'read; record: and read; admin: and all else; may be repeated')
        .choices(['read', 'record', 'admin'])
        .argParser(scopes)
        .makeOptionMandatory(),
    )
    .option('--namespace <name>', 'in which it may do that; may be repeated', namespaces)
    .option('--all-namespaces', 'in all, also those to come')
    .option('--reads <name>', 'a namespace in which it may read beside; may be repeated', namespaces)
    .option(
      '--expires <time>',
      'after which it counts no more: minutes (30m), hours (12h) or days (90d); by default never',
      duration(),
    )
    .option('--json', 'print it as JSON')
    .addHelpText('after', CREATE_HELP)
    .action(async (options: CreateTokenOptions, command: Command) => {
      if ((options.namespace === undefined) === (options.allNamespaces === undefined))
        command.error('error: expected either --namespace or --all-namespaces')
      const { createToken } = await import('./token/tokens.js')
      await createToken(options)
    })
}

const CREATE_HELP = `
The token alone is on standard output, so that it can be piped to where it is
kept; what it may do and in which
database it is, is on standard error.

A scope includes those before it: read, record, admin. To record what was made
from assets of other namespaces takes read there: --reads.

Exit code: 0 where it is made, 1 where something failed, 2 for wrong usage.

Examples:
  headwater token create --name ocr --scope record --namespace ocr --expires 90d
  headwater token create --name billing --scope record --namespace billing --reads ocr
  headwater token create --name explorer --scope read --all-namespaces`

function listCommand(): Command {
  return new Command('list')
    .description('List all tokens, without what they are.')
    .option('--json', 'print them as JSON')
    .addHelpText('after', '\nExample:\n  headwater token list')
    .action(async (options: { json?: true }) => {
      const { listTokens } = await import('./token/tokens.js')
      await listTokens(options)
    })
}

function revokeCommand(): Command {
  return new Command('revoke')
    .description('Have a token count no more. Servers know it within 5 seconds.')
    .argument('<prefix>', 'the 12 digits behind hw_, as headwater token list has them', tokenPrefix)
    .addHelpText('after', '\nExample:\n  headwater token revoke 3f9a0c11d2e4')
    .action(async (prefix: string) => {
      const { revokeToken } = await import('./token/tokens.js')
      await revokeToken(prefix)
    })
}

function tokenName(text: string): string {
  if (!/^\P{Control}{1,200}$/u.test(text)) throw new InvalidArgumentError('Expected 1 to 200 characters.')
  return text
}

function scopes(text: string, before: readonly string[] = []): string[] {
  if (!['read', 'record', 'admin'].includes(text))
    throw new InvalidArgumentError('Allowed choices are read, record, admin.')
  return [...before, text]
}

function namespaces(text: string, before: readonly string[] = []): string[] {
  if (text === '*') throw new InvalidArgumentError('For all namespaces say --all-namespaces.')
  if (!/^\P{Control}{1,512}$/u.test(text)) throw new InvalidArgumentError('Expected 1 to 512 characters.')
  return [...before, text]
}

/** Whoever gives all of a token must not find it in a message. */
function tokenPrefix(text: string): string {
  const [, prefix] = /^(?:hw_)?([0-9a-f]{12})$/.exec(text) ?? []
  if (prefix === undefined)
    throw new InvalidArgumentError('Expected 12 digits, as headwater token list has them.')
  return prefix
}
