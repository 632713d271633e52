import { Command, InvalidArgumentError, Option } from 'commander'
import type { ServerOptions } from './client.js'
import { tokenOption, urlOption, wholeNumber } from './options.js'
import type { DeliveriesOptions, TestOptions } from './webhook/deliveries.js'
import type { CreateWebhookOptions, SecretOptions, UpdateWebhookOptions } from './webhook/webhooks.js'

const OF_RUNS = 'dag-run-incomplete'
const STATUSES = ['pending', 'delivered', 'dead']
const EVENTS = ['check-failed', 'new-consumer', 'asset-stale', OF_RUNS]

/** `headwater webhook`. */
export function webhookCommand(): Command {
  return new Command('webhook')
    .summary('Make, try, list, change and pause webhooks, see what they were told, send it again.')
    .description(
      'Make, try, list, change and pause webhooks, see what they were told, and have it sent again.',
    )
    .addCommand(createCommand())
    .addCommand(testCommand())
    .addCommand(listCommand())
    .addCommand(deliveriesCommand())
    .addCommand(replayCommand())
    .addCommand(updateCommand())
    .addCommand(statusCommand('pause', 'PAUSED'))
    .addCommand(statusCommand('resume', 'ACTIVE'))
    .addCommand(secretCommand())
    .addCommand(deleteCommand())
    .addHelpText('after', HELP)
}

const HELP = `
The server is asked with the token of --token, which needs ADMIN.

Exit code: 0 where all went well, 1 where something failed, 2 for wrong usage.

Examples:
  headwater webhook create https://hooks.example.com/x --event check-failed
  headwater webhook test 019a3c0e-…
  headwater webhook list
  headwater webhook deliveries 019a3c0e-… --status dead
  headwater webhook replay 019a3c11-…
  headwater webhook update 019a3c0e-… --key-prefix ocr/
  headwater webhook pause 019a3c0e-…`

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
      `after which a run is incomplete, of ${OF_RUNS}: 1 to 10080; 30 by default`,
      wholeNumber(1, 10_080),
    )
    .addHelpText('after', CREATE_HELP)
    .action(async (url: string, options: CreateWebhookOptions, command: Command) => {
      if (options.minutes !== undefined && !options.event.includes(OF_RUNS))
        command.error(`error: --minutes says nothing without --event ${OF_RUNS}`)
      const { createWebhook } = await import('./webhook/webhooks.js')
      await createWebhook(url, options)
    })
}

const CREATE_HELP = `
The secret alone is on standard output, the id on standard error. Events may be
written as the API has them, e.g. CHECK_FAILED.

Exit code: 0 where it is made, 1 where something failed, 2 for wrong usage.

Examples:
  headwater webhook create https://hooks.example.com/x --event asset-stale \\
    --namespace ocr --key-prefix ocr/ > webhook.secret
  headwater webhook create https://hooks.example.com/x --event dag-run-incomplete --minutes 45`

function testCommand(): Command {
  return toServer(new Command('test'))
    .summary('Have a webhook told that this is a test, and say what came of it.')
    .description('Have a webhook told `webhook.test`, and wait until the receiver has taken it, or has not.')
    .argument('<webhook>', 'its id')
    .option('--wait <seconds>', 'for how long: 1 to 3600; 30 by default', wholeNumber(1, 3_600))
    .addHelpText('after', TEST_HELP)
    .action(async (webhookId: string, options: TestOptions) => {
      const { testWebhook } = await import('./webhook/deliveries.js')
      await testWebhook(webhookId, options)
    })
}

const TEST_HELP = `
It is signed and logged as all else, and tried again for as long where it fails.
The delivery is on standard output, what was answered on standard error.

Exit code: 0 where it was taken, 1 where the first attempt failed, or none was
made in time, 2 for wrong usage.

Example:
  headwater webhook test 019a3c0e-…`

function listCommand(): Command {
  return toServer(new Command('list'))
    .description(
      'List the webhooks that the token may administer, newest first: whether they fail, and how many deliveries are pending and dead.',
    )
    .option('--json', 'print them as JSON')
    .addHelpText('after', '\nExample:\n  headwater webhook list')
    .action(async (options: ServerOptions & { json?: true }) => {
      const { listWebhooks } = await import('./webhook/webhooks.js')
      await listWebhooks(options)
    })
}

function deliveriesCommand(): Command {
  return toServer(new Command('deliveries'))
    .description('List what a webhook is to be told, and has been, newest first.')
    .argument('<webhook>', 'its id')
    .addOption(
      new Option('--status <status>', `only those that are ${STATUSES.join(', ')}`).argParser(statusOf),
    )
    .option(
      '--first <number>',
      'the most to list, the newest: 1 to 1000; 100 by default',
      wholeNumber(1, 1_000),
    )
    .option('--json', 'print them as JSON, with what is sent')
    .addHelpText('after', '\nExample:\n  headwater webhook deliveries 019a3c0e-… --status dead')
    .action(async (webhookId: string, options: DeliveriesOptions) => {
      const { listDeliveries } = await import('./webhook/deliveries.js')
      await listDeliveries(webhookId, options)
    })
}

function replayCommand(): Command {
  return toServer(new Command('replay'))
    .summary('Have a delivery sent again, or all that are dead of a webhook.')
    .description(
      'Have a delivery that is dead, or was delivered, sent again, or all that are dead of a webhook. It must not be paused.',
    )
    .argument('[delivery]', 'its id')
    .option('--dead <webhook>', 'all that are dead of the webhook of this id, the oldest first')
    .addHelpText('after', REPLAY_HELP)
    .action(
      async (
        deliveryId: string | undefined,
        { dead, ...server }: ServerOptions & { dead?: string },
        command: Command,
      ) => {
        const { replayDead, replayDelivery } = await import('./webhook/replay.js')
        if (deliveryId !== undefined && dead === undefined) await replayDelivery(deliveryId, server)
        else if (deliveryId === undefined && dead !== undefined) await replayDead(dead, server)
        else command.error('error: expected the id of a delivery, or --dead with that of a webhook')
      },
    )
}

const REPLAY_HELP = `
Examples:
  headwater webhook replay 019a3c11-…
  headwater webhook replay --dead 019a3c0e-…`

function updateCommand(): Command {
  return toServer(new Command('update'))
    .summary('Change where a webhook sends, or what it is told of.')
    .description('Change where a webhook sends, or what it is told of. What is not given stays as it is.')
    .argument('<webhook>', 'its id')
    .option('--to <url>', 'where to send: http or https')
    .addOption(
      new Option(
        '--event <event>',
        `instead of all that were there: ${EVENTS.join(', ')}; may be repeated`,
      ).argParser(events),
    )
    .option('--namespace <name>', 'instead of all that were there; may be repeated', several)
    .option('--key-prefix <text>', "instead of the filter that was there: a beginning of the key; '' for all")
    .option('--minutes <number>', `of ${OF_RUNS}: 1 to 10080`, wholeNumber(1, 10_080))
    .addHelpText('after', UPDATE_HELP)
    .action(async (webhookId: string, options: UpdateWebhookOptions, command: Command) => {
      const { to, event, namespace, keyPrefix, minutes } = options
      if ([to, event, namespace, keyPrefix, minutes].every((given) => given === undefined))
        command.error(
          'error: expected something to change: --to, --event, --namespace, --key-prefix, --minutes',
        )
      const { updateWebhook } = await import('./webhook/webhooks.js')
      await updateWebhook(webhookId, options)
    })
}

const UPDATE_HELP = `
Exit code: 0 where it is changed, 1 where something failed, 2 for wrong usage.

Examples:
  headwater webhook update 019a3c0e-… --to https://hooks.example.com/y
  headwater webhook update 019a3c0e-… --event check-failed --event asset-stale
  headwater webhook update 019a3c0e-… --namespace ocr --key-prefix ocr/`

function statusCommand(name: 'pause' | 'resume', status: 'PAUSED' | 'ACTIVE'): Command {
  const isPause = status === 'PAUSED'
  return toServer(new Command(name))
    .description(
      isPause
        ? 'Tell a webhook nothing: of what happens from now on never, of what is pending once it is resumed.'
        : 'Tell a webhook again: what has waited, and what happens from now on.',
    )
    .argument('<webhook>', 'its id')
    .addHelpText('after', `\nExample:\n  headwater webhook ${name} 019a3c0e-…`)
    .action(async (webhookId: string, options: ServerOptions) => {
      const { setStatus } = await import('./webhook/webhooks.js')
      await setStatus(webhookId, status, options)
    })
}

function secretCommand(): Command {
  return toServer(new Command('secret'))
    .summary('Give a webhook another secret, and show it: this once.')
    .description('Give a webhook another secret, which signs from now on, and print it: this once.')
    .argument('<webhook>', 'its id')
    .option('--from <file>', 'take it from a file, or - for standard input, instead of making one')
    .addHelpText('after', SECRET_HELP)
    .action(async (webhookId: string, options: SecretOptions) => {
      const { setSecret } = await import('./webhook/webhooks.js')
      await setSecret(webhookId, options)
    })
}

const SECRET_HELP = `
What is sent again is signed by it as well. So that nothing is refused meanwhile,
make a secret, have the receiver take both, and set it then: docs/webhooks.md.

Exit code: 0 where it is set, 1 where something failed, 2 for wrong usage.

Examples:
  headwater webhook secret 019a3c0e-… > webhook.secret
  headwater webhook secret 019a3c0e-… --from webhook.secret`

function deleteCommand(): Command {
  return toServer(new Command('delete'))
    .description('Take a webhook away, with its log and what is pending.')
    .argument('<webhook>', 'its id')
    .addHelpText('after', '\nExample:\n  headwater webhook delete 019a3c0e-…')
    .action(async (webhookId: string, options: ServerOptions) => {
      const { deleteWebhook } = await import('./webhook/webhooks.js')
      await deleteWebhook(webhookId, options)
    })
}

/** As the command has them, or as the API. */
function events(text: string, before: readonly string[] = []): string[] {
  const event = text.toLowerCase().replaceAll('_', '-')
  if (!EVENTS.includes(event)) throw new InvalidArgumentError(`Allowed choices are ${EVENTS.join(', ')}.`)
  return [...before, event]
}

function several(text: string, before: readonly string[] = []): string[] {
  return [...before, text]
}

function statusOf(text: string): string {
  const status = text.toLowerCase()
  if (!STATUSES.includes(status))
    throw new InvalidArgumentError(`Allowed choices are ${STATUSES.join(', ')}.`)
  return status
}
