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
        'the edge is in the latest materialization of its downstream asset, of at least one partition, and neither end is retired',
    },
    ALL: { description: 'some materialization, ever; the default' },
  },
})

export enum LineageEnds {
  ROOTS = 'ROOTS',
  LEAVES = 'LEAVES',
}
registerEnumType(LineageEnds, {
  name: 'LineageEnds',
  description: 'The ends of a lineage.',
  valuesConfig: {
    ROOTS: { description: 'what was made from nothing that the walk may pass through, but perhaps itself' },
    LEAVES: { description: 'what nothing that the walk may pass through was made from, but perhaps itself' },
  },
})

export enum ColumnTransformationType {
  DIRECT = 'DIRECT',
  INDIRECT = 'INDIRECT',
}
registerEnumType(ColumnTransformationType, {
  name: 'ColumnTransformationType',
  description: 'How a column was used.',
  valuesConfig: {
    DIRECT: { description: 'its value went into what was made' },
    INDIRECT: { description: 'it decided about what was made, e.g. in a filter or a join' },
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
      description:
        'The named version is not recorded (yet), or has been pruned (`isPruned`); resolved by itself when it arrives.',
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
    DEPTH: { description: 'More lies beyond the depth, or length, asked for: ask with a greater one.' },
    NODE_LIMIT: { description: 'More lies beyond the limit: continue with `nextCursor`.' },
    CHANGED: {
      description:
        'Recordings since the first answer have put something before this cursor, or moved it: walk again to see it.',
    },
    TIME_LIMIT: {
      description:
        'The time allowed was over (HEADWATER_WALK_TIMEOUT_MS): continue with `nextCursor` where there is one, or ask for less.',
    },
    FILTER: { description: 'The filter left out, or hid, something that the walk would have come to.' },
    PERMISSION: {
      description:
        'Something was come to that the caller may not see. It is counted at its neighbours, and not gone through.',
    },
  },
})

export enum FreshnessStatus {
  NEVER_MATERIALIZED = 'NEVER_MATERIALIZED',
  FRESH = 'FRESH',
  STALE = 'STALE',
  VERY_STALE = 'VERY_STALE',
}
registerEnumType(FreshnessStatus, {
  name: 'FreshnessStatus',
  description: 'How old the latest materialization is. The server’s operator sets the thresholds.',
  valuesConfig: {
    NEVER_MATERIALIZED: { description: 'There is none.' },
    FRESH: { description: 'At most an hour, unless configured otherwise (HEADWATER_FRESH_SECONDS).' },
    STALE: { description: 'At most a day, unless configured otherwise (HEADWATER_STALE_SECONDS).' },
    VERY_STALE: { description: 'Older.' },
  },
})

export enum StalenessStatus {
  FRESH = 'FRESH',
  STALE = 'STALE',
  MISSING = 'MISSING',
}
registerEnumType(StalenessStatus, {
  name: 'StalenessStatus',
  description: 'Whether something is still what its upstreams would make of it.',
  valuesConfig: {
    FRESH: { description: 'Nothing upstream has changed since it was made.' },
    STALE: { description: 'Something upstream has.' },
    MISSING: { description: 'It was never materialized.' },
  },
})

export enum StaleReason {
  UPSTREAM_CHANGED = 'UPSTREAM_CHANGED',
  UPSTREAM_STALE = 'UPSTREAM_STALE',
}
registerEnumType(StaleReason, {
  name: 'StaleReason',
  description: 'What makes something stale.',
  valuesConfig: {
    UPSTREAM_CHANGED: {
      description:
        'A direct upstream has, in the partition used, a newer materialization of another version than the one used. The same version recorded again is no change.',
    },
    UPSTREAM_STALE: { description: 'A direct upstream is itself stale.' },
  },
})

export enum ImpactAdvice {
  SAFE_TO_MODIFY = 'SAFE_TO_MODIFY',
  MANY_CONSUMERS = 'MANY_CONSUMERS',
}
registerEnumType(ImpactAdvice, {
  name: 'ImpactAdvice',
  description: 'How careful a change should be.',
  valuesConfig: {
    SAFE_TO_MODIFY: { description: 'At most ten assets are made from it directly.' },
    MANY_CONSUMERS: { description: 'More: a new asset beside it may be better than a change.' },
  },
})

export enum CheckStatus {
  PASSED = 'PASSED',
  FAILED = 'FAILED',
  SKIPPED = 'SKIPPED',
}
registerEnumType(CheckStatus, {
  name: 'CheckStatus',
  description: 'How a check ended.',
  valuesConfig: {
    PASSED: { description: 'What was expected held.' },
    FAILED: { description: 'It did not hold.' },
    SKIPPED: { description: 'It was not looked at.' },
  },
})

export enum CheckSeverity {
  WARN = 'WARN',
  ERROR = 'ERROR',
}
registerEnumType(CheckSeverity, {
  name: 'CheckSeverity',
  description: 'How bad it is where a check fails.',
  valuesConfig: {
    WARN: { description: 'Worth knowing.' },
    ERROR: { description: 'Not to be used.' },
  },
})

export enum RunState {
  UNKNOWN = 'UNKNOWN',
  STARTED = 'STARTED',
  RUNNING = 'RUNNING',
  FAILED = 'FAILED',
  ABORTED = 'ABORTED',
  COMPLETED = 'COMPLETED',
}
registerEnumType(RunState, {
  name: 'RunState',
  description:
    'What a run has come to. Of all that its events say the last in this order counts, whatever the order in which they came.',
  valuesConfig: {
    UNKNOWN: { description: 'No event has said: only some of type OTHER, or of none, have come.' },
    STARTED: { description: 'It has started.' },
    RUNNING: { description: 'It has said that it is under way.' },
    FAILED: { description: 'It has failed. A batch has made nothing then.' },
    ABORTED: { description: 'It was stopped. A batch has made nothing then.' },
    COMPLETED: { description: 'It has ended well.' },
  },
})

export enum SearchPlace {
  KEY = 'KEY',
  DESCRIPTION = 'DESCRIPTION',
  TAG = 'TAG',
  ALIAS = 'ALIAS',
  NAMESPACE = 'NAMESPACE',
  OWNER = 'OWNER',
}
registerEnumType(SearchPlace, {
  name: 'SearchPlace',
  description: 'Where a search has found a word.',
  valuesConfig: {
    KEY: { description: 'in the key' },
    DESCRIPTION: { description: 'in the description' },
    TAG: { description: 'in the name or the value of a tag' },
    ALIAS: { description: 'in another name of it (`Asset.aliases`)' },
    NAMESPACE: { description: 'in the namespace' },
    OWNER: { description: 'in an owner' },
  },
})

export enum WebhookEvent {
  CHECK_FAILED = 'CHECK_FAILED',
  NEW_CONSUMER = 'NEW_CONSUMER',
  ASSET_STALE = 'ASSET_STALE',
  DAG_RUN_INCOMPLETE = 'DAG_RUN_INCOMPLETE',
}
registerEnumType(WebhookEvent, {
  name: 'WebhookEvent',
  description: 'What a webhook can be told of.',
  valuesConfig: {
    CHECK_FAILED: { description: 'a check of one of its assets has failed: `check.failed`' },
    NEW_CONSUMER: {
      description:
        'something has been made from one of its assets for the first time: `asset.consumer_added`',
    },
    ASSET_STALE: {
      description: 'one of its assets has become stale, by what was recorded: `asset.stale`',
    },
    DAG_RUN_INCOMPLETE: {
      description:
        'required assets of a DAG run are missing incompleteAfterMinutes after something of it was recorded last: `dag_run.incomplete`, once until something more is',
    },
  },
})

export enum WebhookDeliveryEvent {
  CHECK_FAILED = 'CHECK_FAILED',
  NEW_CONSUMER = 'NEW_CONSUMER',
  ASSET_STALE = 'ASSET_STALE',
  DAG_RUN_INCOMPLETE = 'DAG_RUN_INCOMPLETE',
  TEST = 'TEST',
}
registerEnumType(WebhookDeliveryEvent, {
  name: 'WebhookDeliveryEvent',
  description: 'What a delivery tells of.',
  valuesConfig: {
    CHECK_FAILED: { description: '`check.failed`, as `WebhookEvent` has it' },
    NEW_CONSUMER: { description: '`asset.consumer_added`, as `WebhookEvent` has it' },
    ASSET_STALE: { description: '`asset.stale`, as `WebhookEvent` has it' },
    DAG_RUN_INCOMPLETE: { description: '`dag_run.incomplete`, as `WebhookEvent` has it' },
    TEST: { description: 'nothing: somebody has asked for a test by `testWebhook`: `webhook.test`' },
  },
})

export enum WebhookStatus {
  ACTIVE = 'ACTIVE',
  PAUSED = 'PAUSED',
}
registerEnumType(WebhookStatus, {
  name: 'WebhookStatus',
  description: 'Whether a webhook is told.',
  valuesConfig: {
    ACTIVE: { description: 'it is told' },
    PAUSED: {
      description: 'it is not: somebody has said so, or its receiver has answered with 410 Gone',
    },
  },
})

export enum WebhookDeliveryStatus {
  PENDING = 'PENDING',
  DELIVERED = 'DELIVERED',
  DEAD = 'DEAD',
}
registerEnumType(WebhookDeliveryStatus, {
  name: 'WebhookDeliveryStatus',
  description: 'What has become of a delivery.',
  valuesConfig: {
    PENDING: { description: 'it is sent, or sent again, in its turn' },
    DELIVERED: { description: 'the receiver has answered with 2xx' },
    DEAD: {
      description:
        'it has failed for 24 hours, or was answered with 410 Gone: it is not sent until somebody replays it',
    },
  },
})
