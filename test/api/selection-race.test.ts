import { expect, test } from '@jest/globals'
import { record, unique } from '../harness/recordings.js'
import { startTestServer, WALKED } from '../harness/server.js'

test.each(Object.entries(WALKED))(
  'what is recorded meanwhile is not taken for what a selection excludes: %s',
  async (_name, variables) => {
    await using server = await startTestServer({ variables })
    await record(server, { assets: [{ key: 'hub' }] })
    let isOver = false
    const write = async () => {
      while (!isOver)
        await record(server, { assets: [{ key: unique('leaf'), kind: 'json' }], upstream: [{ key: 'hub' }] })
    }
    const writers = [write(), write(), write()]
    type Data = { assets: { nodes: { kind: string }[] } }
    for (let asked = 0; asked < 60; asked++) {
      const { assets } = await server.query<Data, undefined>(
        '{ assets(selection: "hub+ and not kind:json", first: 1000) { nodes { kind } } }',
      )
      expect(assets.nodes.filter(({ kind }) => kind === 'json')).toEqual([])
    }
    isOver = true
    await Promise.all(writers)
  },
  60_000,
)
