/** Of so many jobs, each with an output and two inputs of its own. */
const JOBS = 500

/** OpenLineage events of runs of some jobs: START and COMPLETE of one run after the other. */
export class Events {
  #count = 0

  /** @param {string} name tells these runs from others */
  constructor(name) {
    this.name = name
  }

  /** The body of the next one. */
  next() {
    const count = this.#count++
    const run = count >> 1
    const job = run % JOBS
    return JSON.stringify({
      eventType: count % 2 === 0 ? 'START' : 'COMPLETE',
      eventTime: new Date(Date.UTC(2026, 0, 1) + count).toISOString(),
      producer: 'https://example.com/bench',
      schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent',
      run: { runId: `${this.name}-${run}` },
      job: { namespace: 'bench', name: `dag.task-${job}` },
      inputs: [dataset(`in-${job}`), dataset(`in-${(job + 1) % JOBS}`)],
      outputs: [
        {
          ...dataset(`out-${job}`),
          facets: { schema: { fields: ['id', 'name', 'amount'].map((name) => ({ name, type: 'string' })) } },
          outputFacets: { outputStatistics: { rowCount: run, size: 1_000 + run } },
        },
      ],
    })
  }
}

const dataset = (name) => ({ namespace: 'postgres://bench:5432', name: `db.public.${name}` })
