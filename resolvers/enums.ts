import { registerEnumType } from 'type-graphql'

export enum LineageDirection {
  UPSTREAM = 'UPSTREAM',
  DOWNSTREAM = 'DOWNSTREAM',
  BOTH = 'BOTH',
}
registerEnumType(LineageDirection, {
  name: 'LineageDirection',
  description: 'Which way to walk.',
  valuesConfig: {
    UPSTREAM: { description: 'what it was made from' },
    DOWNSTREAM: { description: 'what was made from it' },
    BOTH: { description: 'everything upstream plus everything downstream; not an undirected walk' },
  },
})

export enum EdgeScope {
  CURRENT = 'CURRENT',
  ALL = 'ALL',
}
registerEnumType(EdgeScope, {
  name: 'EdgeScope',
  description: 'Which edges count.',
  valuesConfig: {
    CURRENT: {
      description:
        'the edge is in the latest materialization of its downstream asset, of at least one partition',
    },
    ALL: { description: 'some materialization, ever; the default' },
  },
})

export enum InputResolution {
  REPORTED = 'REPORTED',
  INFERRED = 'INFERRED',
  UNRESOLVED = 'UNRESOLVED',
}
registerEnumType(InputResolution, {
  name: 'InputResolution',
  description: 'How the upstream version of a recorded input became known.',
  valuesConfig: {
    REPORTED: {
      description:
        'The executor named a version, and that materialization is recorded. Where several have that version: of the same DAG run if it made one, the latest at or before this one, else the first after.',
    },
    INFERRED: {
      description:
        'No version was named: the latest materialization of that upstream (and partition, where one is named) at or before this one’s materializedAt; of the same DAG run, if that run made one.',
    },
    UNRESOLVED: {
      description: 'The named version is not recorded (yet); resolved by itself when it arrives.',
    },
  },
})

export enum StopReason {
  DEPTH = 'DEPTH',
  NODE_LIMIT = 'NODE_LIMIT',
  CHANGED = 'CHANGED',
  TIME_LIMIT = 'TIME_LIMIT',
  FILTER = 'FILTER',
  PERMISSION = 'PERMISSION',
}
registerEnumType(StopReason, {
  name: 'StopReason',
  description: 'What kept an answer from being everything.',
  valuesConfig: {
    DEPTH: { description: 'More lies beyond the depth asked for: ask with a greater one.' },
    NODE_LIMIT: { description: 'More lies beyond the limit: continue with `nextCursor`.' },
    CHANGED: {
      description:
        'Recordings since the first answer have put something before this cursor, or moved it: walk again to see it.',
    },
    TIME_LIMIT: { description: 'The time allowed was over.' },
    FILTER: { description: 'A filter left something out.' },
    PERMISSION: { description: 'Something may not be seen by this caller.' },
  },
})
