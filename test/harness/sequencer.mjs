import TestSequencer from '@jest/test-sequencer'

/** Where nobody knows yet how long files take, the longest go first all the same: at the end one would run alone. */
const LONGEST = [
  'test/store/plans.test.ts',
  'test/store/rebuild-property.test.ts',
  'test/faults/kill-server.test.ts',
  'test/api/openlineage-order-property.test.ts',
  'test/api/walk-shapes.test.ts',
  'test/browser/graph.test.ts',
  'test/browser/large-graph.test.ts',
]

export default class Sequencer extends TestSequencer {
  sort(tests) {
    const placeOf = ({ path }) => {
      const place = LONGEST.findIndex((one) => path.endsWith(one))
      return place < 0 ? LONGEST.length : place
    }
    return super.sort(tests).sort((a, b) => placeOf(a) - placeOf(b))
  }
}
