import { Presets, SingleBar } from 'cli-progress'

/** One bar on stderr; a line now and then where that is no terminal. */
export function startProgress(total) {
  const bar = new SingleBar(
    {
      stream: process.stderr,
      format: '{bar} {percentage}% | {duration_formatted} | {what}',
      hideCursor: true,
      clearOnComplete: true,
      noTTYOutput: true,
      notTTYSchedule: 10_000,
    },
    Presets.shades_classic,
  )
  bar.start(total, 0, { what: 'starting PostgreSQL' })
  return {
    /** Says what is being done. */
    say: (what) => bar.update({ what }),
    /** One more step is done. */
    step: () => bar.increment(),
    stop: () => bar.stop(),
  }
}
