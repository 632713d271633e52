import { makeWorkerUtils, Logger as QueueLogger, type Runner, run, type WorkerUtils } from 'graphile-worker'
import type { Database } from '../../store/prisma/database.js'
import type { Logger } from '../logger.js'

const TASK = 'headwater_deliver'
/** One for each webhook that there may be, and some: each is at work as long as something is due for its webhook. */
const CONCURRENCY = 512
/** Its tables are in a schema of their own. */
const QUEUE_SCHEMA = 'headwater_queue'
/** Of a job: its own failures are the database's, and those of sending are in the outbox. */
const MOST_ATTEMPTS = 3

/** Says which server does what is due for a webhook, and when: one job waits for each, and another takes its place. */
export class Queue {
  private constructor(
    private readonly runner: Runner,
    private readonly jobs: WorkerUtils,
  ) {}

  /** `work` is called with a webhook that something may be due for; it answers when something is next. */
  static async start(
    { pool }: Database,
    pollMs: number,
    work: (webhookId: string) => Promise<Date | null>,
    logger: Logger,
  ): Promise<Queue> {
    const shared = { pgPool: pool, schema: QUEUE_SCHEMA, logger: queueLogger(logger) }
    const jobs = await makeWorkerUtils(shared)
    try {
      const runner = await run({
        ...shared,
        concurrency: CONCURRENCY,
        pollInterval: Math.min(1_000, pollMs),
        noHandleSignals: true,
        // It would look for a file of this name.
        parsedCronItems: [],
        preset: {
          worker: {
            // Alone, each would end the process where the database goes away meanwhile: nobody waits for it. In
            // batches they end the queue, and another is started.
            completeJobBatchDelay: 0,
            failJobBatchDelay: 0,
            // One asks for all, not each for itself.
            localQueue: { size: CONCURRENCY },
          },
        },
        taskList: {
          [TASK]: async (payload) => {
            const { webhookId } = payload as { webhookId: string }
            const dueAt = await work(webhookId)
            if (dueAt !== null) await jobs.addJob(TASK, { webhookId }, { ...specOf(webhookId), runAt: dueAt })
          },
        },
      })
      return new Queue(runner, jobs)
    } catch (error) {
      await jobs.release()
      throw error
    }
  }

  /** Settles when it has ended, by itself or because it was told to. */
  get ended(): Promise<void> {
    return this.runner.promise
  }

  async add(webhookIds: readonly string[]): Promise<void> {
    if (webhookIds.length === 0) return
    await this.jobs.addJobs(
      webhookIds.map((webhookId) => ({ identifier: TASK, payload: { webhookId }, ...specOf(webhookId) })),
    )
  }

  /** Takes away jobs that were given up: with a server that was killed, or because the database was away. */
  async tidy(): Promise<void> {
    await this.jobs.cleanup({ tasks: ['DELETE_PERMAFAILED_JOBS'] })
  }

  async stop(): Promise<void> {
    await this.runner.stop().catch(() => undefined)
    await this.jobs.release()
  }
}

function specOf(webhookId: string) {
  return { jobKey: webhookId, maxAttempts: MOST_ATTEMPTS }
}

/** What the queue says of every job is of no use to operators. */
function queueLogger(logger: Logger): QueueLogger {
  return new QueueLogger(() => (level, message) => {
    if (level === 'error') logger.warn(`webhooks: ${message}`)
    else if (level === 'warning') logger.debug(`webhooks: ${message}`)
  })
}
