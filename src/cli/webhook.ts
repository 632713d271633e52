import { Command, InvalidArgumentError, Option } from 'commander'
import type { ServerOptions } from './client.js'
import { tokenOption, urlOption, wholeNumber } from './options.js'
import type { CreateWebhookOptions, DeliveriesOptions } from './webhook/webhooks.js'

const EVENTS = ['check-failed', 'new-consumer', 'asset-stale', 'dag-run-incomplete']

/** `headwater webhook`. */
export function webhookCommand(): Command {
  return new Command('webhook')
    .summary('Make and list webhooks, see what they were told, send it again.')
    .description('Make and list webhooks, see what they were told, and have it sent again.')
    .addCommand(createCommand())
    .addCommand(listCommand())
    .addCommand(deliveriesCommand())
    .addCommand(replayCommand())
    .addHelpText('after', HELP)
}

const HELP = `
The server is asked with the token of --token, which needs ADMIN.

Exit code: 0 where all went well, 1 where something failed, 2 for wrong usage.

Examples:
  headwater webhook create https://hooks.example.com/x --event check-failed
  headwater webhook list
  headwater webhook deliveries 019a3c0e-… --status dead
  headwater webhook replay 019a3c11-…`

function toServer(command: Command): Command {
  return command.addOption(urlOption()).addOption(tokenOption())
}

function createCommand(): Command {
  return toServer(new Command('create'))
    .summary('Make a webhook, and show its secret: this once.')
    .description('Make a webhook, and print the secret that signs what it is told: this once.')
    .argument('<url>', 'where to send: http or https')
    .addOption(
      new Option('--event <event>', `${EVENTS.join(', ')}; may be repeated`)
        .argParser(events)
        .makeOptionMandatory(),
    )
    .option('--namespace <name>', 'of which to tell; may be repeated; all by default', several)
    .option('--key-prefix <text>', 'of which assets: a beginning of the key')
    .option(
      '--minutes <number>',
      'after which a run is incomplete: 1 to 10080; 30 by default',
      wholeNumber(1, 10_080),
    )
    .addHelpText('after', CREATE_HELP)
    .action(async (url: string, options: CreateWebhookOptions) => {
      const { createWebhook } = await import('./webhook/webhooks.js')
      await createWebhook(url, options)
    })
}

const CREATE_HELP = `
The secret alone is on standard output, the id on standard error.

Example:
  headwater webhook create https://hooks.example.com/x --event asset-stale \\
    --namespace ocr --key-prefix ocr/ > webhook.secret`

function listCommand(): Command {
  return toServer(new Command('list'))
    .description('List the webhooks that the token may administer, newest first.')
    .option('--json', 'print them as JSON')
    .addHelpText('after', '\nExample:\n  headwater webhook list')
    .action(async (options: ServerOptions & { json?: true }) => {
      const { listWebhooks } = await import('./webhook/webhooks.js')
      await listWebhooks(options)
    })
}

function deliveriesCommand(): Command {
  return toServer(new Command('deliveries'))
    .description('List what a webhook is to be told, and has been: the last 100, newest first.')
    .argument('<webhook>', 'its id')
    .addOption(
      new Option('--status <status>', 'only those that are in this state').choices([
        'pending',
        'delivered',
        'dead',
      ]),
    )
    .option('--json', 'print them as JSON, with what is sent')
    .addHelpText('after', '\nExample:\n  headwater webhook deliveries 019a3c0e-… --status dead')
    .action(async (webhookId: string, options: DeliveriesOptions) => {
      const { listDeliveries } = await import('./webhook/webhooks.js')
      await listDeliveries(webhookId, options)
    })
}

function replayCommand(): Command {
  return toServer(new Command('replay'))
    .description('Have a delivery that is dead, or was delivered, sent again.')
    .argument('<delivery>', 'its id')
    .addHelpText('after', '\nExample:\n  headwater webhook replay 019a3c11-…')
    .action(async (deliveryId: string, options: ServerOptions) => {
      const { replayDelivery } = await import('./webhook/webhooks.js')
      await replayDelivery(deliveryId, options)
    })
}

function events(text: string, before: readonly string[] = []): string[] {
  if (!EVENTS.includes(text)) throw new InvalidArgumentError(`Allowed choices are ${EVENTS.join(', ')}.`)
  return [...before, text]
}

function several(text: string, before: readonly string[] = []): string[] {
  return [...before, text]
}
