/** What the plans of a statement have to look like, planned for its values and for any. */
export interface Expected {
  /** The indexes that it looks up in, and no others; of a list at least one. */
  uses: readonly (string | readonly string[])[]
  /** Why thousands of values at once may be joined with a table that is read from end to end. */
  ofThousands?: string
  /** Why the plan for any values does not count; what PostgreSQL chooses in the end does. */
  neverGeneric?: string
}

const uses = (...indexes: Expected['uses']): Expected => ({ uses: indexes })

const ASSET = 'asset_pkey'
const STATE = 'asset_state_pkey'
const MATERIALIZATION = 'materialization_pkey'
const BY_TIME = 'materialization_asset_id_materialized_at_id_idx'
const BY_PARTITION = 'materialization_asset_id_partition_key_materialized_at_id_idx'
const BY_VERSION = 'materialization_asset_id_version_materialized_at_id_idx'
const BY_RUN = 'materialization_asset_id_dag_id_materialized_at_id_idx'
const OF_RUN = 'materialization_dag_id_materialized_at_id_idx'
const OF_NODE = 'materialization_node_task_id_materialized_at_id_idx'
/** Of an asset of few materializations the partition need not be looked up. */
const SLICE_AT = [BY_PARTITION, BY_TIME]
const INPUT = 'materialization_input_pkey'
const INPUT_OF = 'materialization_input_upstream_id_version_partition_key_mat_idx'
const SLICE = 'latest_materialization_pkey'
const INTO = 'lineage_edge_pkey'
const OUT_OF = 'lineage_edge_upstream_id_downstream_id_idx'
/** An edge by both its ends is in either. */
const EDGE = [INTO, OUT_OF]
const STATS = 'lineage_edge_stats_pkey'
/** Of an asset little is said: all of it is as soon looked up. */
const RETIRED = ['asset_lifecycle_asset_id_is_retired_since_idx', 'asset_lifecycle_pkey']
/** What is retired, unless it has been materialized since. */
const THERE = [RETIRED, BY_TIME]
const NAME = 'asset_name_pkey'
const NAME_OF = 'asset_name_asset_id_idx'
const SINCE = 'materialization_materialized_at_id_asset_id_dag_id_idx'
const BY_TRANSACTION = 'materialization_transaction_id_idx'
const RUN = 'run_pkey'
const CHILD = 'run_parent_id_begun_at_id_idx'
const MADE_BY = 'materialization_run_id_idx'
const CHECK = 'check_result_pkey'
const ASSERTED = 'run_assertions_pkey'
const ASSERTED_AT = 'run_assertions_asset_id_checked_at_idx'
const ASSERTED_OF = 'run_assertions_asset_id_version_partition_key_as_of_idx'
const NODE = 'node_config_pkey'
const EXPECTED_ASSET = 'expected_asset_pkey'
const SEARCH = 'asset_search_pkey'
const WORD = 'search_word_pkey'
const SCHEMA = 'asset_schema_pkey'
const SCHEMA_AT = 'asset_schema_asset_id_stated_at_hash_idx'
const SCHEMA_HELD = 'materialization_schema_pkey'
const COLUMN = 'asset_column_pkey'
const COLUMN_EDGE = 'column_edge_pkey'
const COLUMN_EDGE_OUT = 'column_edge_upstream_id_upstream_column_asset_id_column_nam_idx'
const LIKE_WORD = 'search_word_word_idx'

/** Where what was checked is found: as of inputs, and of what runs made under other names. */
const CHECKED = [NAME_OF, MADE_BY, BY_TIME, BY_PARTITION, BY_VERSION, BY_RUN]

const TABLE_IS_AS_GOOD =
  'of a fortieth of all assets and more reading the table takes as long as looking them up, and no longer'

const SPAN_IS_UNKNOWN =
  'of an unknown span PostgreSQL expects a third of the table, so the plan for one is always cheaper'

/** Each statement that the store prepares, by the name that it is given there. */
export const EXPECTED: Readonly<Record<string, Expected>> = {
  horizon: uses(),
  ping: uses(),
  snapshot: uses(),
  'recorded since': uses(BY_TRANSACTION),
  'recorded last': uses(BY_TRANSACTION),

  write: uses(NAME, ASSET, STATE, SLICE, INTO, STATS),
  'write with search': uses(NAME, ASSET, STATE, SLICE, INTO, STATS, SEARCH, WORD),
  'write with columns': uses(
    ...[NAME, ASSET, STATE, SLICE, INTO, STATS, SEARCH, WORD],
    ...[SCHEMA, COLUMN, COLUMN_EDGE],
  ),
  'recordings by key': uses('recording_pkey', NAME),
  'lock storage events': uses(MATERIALIZATION),
  'upstream ids': uses(INPUT),
  'replace materializations': uses(MATERIALIZATION),
  'forget inputs': uses(INPUT, SCHEMA_HELD),
  'keep marks of pruned inputs': uses(INPUT),
  'lock slices': uses(SLICE),
  'point to latest': uses(SLICE, MATERIALIZATION, BY_PARTITION),
  'drop empty slices': uses(SLICE, BY_PARTITION),
  'update asset': uses(ASSET, STATE),
  'put lifecycle': uses('asset_lifecycle_pkey'),
  'forget lifecycle': uses(RETIRED),
  'hold edges': uses(),
  'remove edges': uses(EDGE, STATS, 'removed_edge_pkey'),
  'time edges again': uses(STATS, INPUT, [MATERIALIZATION, BY_PARTITION, BY_VERSION], RUN),
  'write checks': uses(MATERIALIZATION, CHECK, NAME),
  'put node configs': uses(NODE),
  'add node configs': uses(NODE),
  'forget expected assets': uses(EXPECTED_ASSET),
  'put expected assets': uses(),
  'touch assets': uses(ASSET),
  'put search rows': uses(SEARCH, WORD),
  'tag assets': uses(ASSET),
  'own assets': uses(ASSET),
  'keep events': uses('openlineage_event_pkey'),
  'lock runs': uses(),
  'merged of runs': uses('run_pkey'),
  'put runs': uses('run_pkey'),
  'put run assertions': uses(ASSERTED),
  'forget run assertions': uses(ASSERTED),
  'lock names': uses(),
  'hold names': uses(),
  'hold search rows': uses(SEARCH),
  'names recorded under': uses(ASSET),
  'names of assets': uses(NAME, NAME_OF),
  'other names': uses(NAME, NAME_OF),
  'other names SEEN': uses(NAME, NAME_OF),
  'names that stand for others': uses(NAME),
  'put names': uses(NAME),
  'name moved': uses(NAME),
  'move asset': uses(ASSET),
  'move asset_state': uses(STATE),
  'move materialization by asset_id': uses(MATERIALIZATION, [
    BY_TIME,
    BY_PARTITION,
    BY_VERSION,
    BY_RUN,
    MATERIALIZATION,
  ]),
  'move materialization_input by asset_id': uses(INPUT),
  'move materialization_input by upstream_id': uses(INPUT_OF),
  'move materialization_schema by asset_id': uses(SCHEMA_HELD),
  'move latest_materialization by asset_id': uses(SLICE),
  'move run_assertions by asset_id': uses([ASSERTED, ASSERTED_AT, ASSERTED_OF]),
  'move check_result by asset_id': uses(CHECK, [
    'check_result_asset_id_checked_at_id_idx',
    'check_result_asset_id_materialization_id_checked_at_id_idx',
    CHECK,
  ]),
  'move lineage_edge by downstream_id': uses(INTO),
  'move lineage_edge by upstream_id': uses(OUT_OF),
  'move lineage_edge_stats by downstream_id': uses(STATS),
  'move lineage_edge_stats by upstream_id': uses(STATS, OUT_OF),
  'move asset_column by asset_id': uses(COLUMN),
  'move asset_schema by asset_id': uses([SCHEMA, SCHEMA_AT]),
  'move column_edge by asset_id': uses(COLUMN_EDGE),
  'move column_edge by upstream_id': uses(COLUMN_EDGE_OUT, COLUMN_EDGE),
  'move asset_lifecycle by asset_id': uses(RETIRED),
  'move expected_asset by asset_id': uses(EXPECTED_ASSET),
  'edges of both names': uses(INTO, OUT_OF),
  'count edges again': uses(STATS, INPUT),
  'forget search row': uses(SEARCH),
  'asset ids in order': uses(ASSET),
  'assets to be searched': uses(ASSET, STATE, SEARCH, RETIRED),

  'search by key': uses(['asset_search_folded_key_idx', STATE]),
  'search by key in a namespace': uses(['asset_search_folded_name_idx', STATE]),
  'search by key SEEN': uses(['asset_search_folded_key_idx', STATE], ASSET),
  'search by key in a namespace SEEN': uses(['asset_search_folded_name_idx', STATE], ASSET),
  'search by words SEEN': uses(['asset_search_document_idx', STATE], ASSET, [
    NAME_OF,
    'asset_name_namespace_asset_id_idx',
  ]),
  'search by words': uses(['asset_search_document_idx', STATE]),
  'stored words': uses(WORD, LIKE_WORD),

  'assets by id': { uses: [ASSET, STATE, RETIRED], ofThousands: TABLE_IS_AS_GOOD },
  'materializations by id': uses(MATERIALIZATION),
  'check results by id': uses(CHECK),
  'assertions by id': uses(ASSERTED, ...CHECKED),
  'assertions of assets': uses(STATE, ASSERTED, ASSERTED_AT, ...CHECKED),
  'assertions of materializations': uses(MATERIALIZATION, ASSERTED, ASSERTED_OF, ...CHECKED),
  'number of assertions of assets': uses(STATE, [ASSERTED_AT, ASSERTED_OF, ASSERTED], ...CHECKED),
  'number of assertions of materializations': uses(MATERIALIZATION, ASSERTED, ASSERTED_OF, ...CHECKED),
  'runs by id': uses(RUN),
  'children of runs': uses(CHILD, RUN),
  'number of children of runs': uses(CHILD),
  'materializations of runs': uses(MADE_BY),
  'number of materializations of runs': uses(MADE_BY),
  'input_ids of runs': uses(RUN, NAME),
  'output_ids of runs': uses(RUN, NAME),
  'children of runs SEEN': uses(CHILD, RUN),
  'number of children of runs SEEN': uses(CHILD),
  'materializations of runs SEEN': uses(MADE_BY, ASSET),
  'number of materializations of runs SEEN': uses(MADE_BY, ASSET),
  'input_ids of runs SEEN': uses(RUN, NAME, ASSET),
  'output_ids of runs SEEN': uses(RUN, NAME, ASSET),
  'latest materializations': uses(STATE, MATERIALIZATION, SLICE),
  'newest with version': uses(BY_VERSION),
  'slices of assets': uses(SLICE),
  'slices up to a partition': uses(SLICE),
  inputs: uses(MATERIALIZATION, INPUT, BY_TIME, BY_PARTITION, BY_VERSION, BY_RUN),
  consumers: uses(MATERIALIZATION, BY_TIME, BY_PARTITION, BY_VERSION, BY_RUN, OF_RUN, INPUT, INPUT_OF),
  'consumers SEEN': uses(
    ...[MATERIALIZATION, BY_TIME, BY_PARTITION, BY_VERSION, BY_RUN, OF_RUN, INPUT, INPUT_OF],
    ASSET,
  ),
  'schemas of assets': uses(SCHEMA, SCHEMA_AT),
  'schemas of materializations': uses(SCHEMA_HELD, SCHEMA),
  'known column': uses(ASSET, COLUMN),
  'columns UPSTREAM': uses(COLUMN_EDGE, ASSET),
  'columns DOWNSTREAM': uses(COLUMN_EDGE_OUT, COLUMN, ASSET),
  'first columns by name': { uses: [ASSET, [NAME, ASSET]], ofThousands: TABLE_IS_AS_GOOD },
  'column edges': uses(COLUMN_EDGE),
  'unused edges': uses(STATS, ASSET),
  'unused edges SEEN': uses(STATS, ASSET),
  'made from any': uses(
    ASSET,
    MATERIALIZATION,
    BY_TIME,
    BY_PARTITION,
    BY_VERSION,
    BY_RUN,
    OF_RUN,
    INPUT,
    INPUT_OF,
  ),
  'first materializations by name': uses(ASSET, MATERIALIZATION, [NAME, ASSET]),
  'neighbours UPSTREAM ALL': uses(INTO, EDGE, STATS, ASSET, STATE, RETIRED),
  'neighbours UPSTREAM ALL SEEN': uses(INTO, EDGE, STATS, ASSET, STATE, RETIRED),
  'neighbours DOWNSTREAM ALL': uses(OUT_OF, EDGE, STATS, ASSET, STATE, RETIRED),
  'neighbours DOWNSTREAM ALL SEEN': uses(OUT_OF, EDGE, STATS, ASSET, STATE, RETIRED),
  'neighbours UPSTREAM CURRENT': uses(INTO, EDGE, STATS, ASSET, STATE, SLICE, INPUT, ...THERE),
  'neighbours UPSTREAM CURRENT SEEN': uses(INTO, EDGE, STATS, ASSET, STATE, SLICE, INPUT, ...THERE),
  'neighbours DOWNSTREAM CURRENT': uses(OUT_OF, EDGE, STATS, ASSET, STATE, SLICE, INPUT, ...THERE),
  'neighbours DOWNSTREAM CURRENT SEEN': uses(OUT_OF, EDGE, STATS, ASSET, STATE, SLICE, INPUT, ...THERE),
  'current among edges': uses(SLICE, INPUT, ...THERE),

  'registered nodes': uses(NODE, ['node_config_dag_id_idx', EXPECTED_ASSET], ASSET),
  'made in run': uses(OF_RUN, [OF_RUN, OF_NODE]),
  'latest in run of nodes': uses(OF_RUN, [OF_RUN, OF_NODE]),
  'latest in run of assets': uses([OF_RUN, BY_RUN]),
  'assets made by nodes': uses(EXPECTED_ASSET, OF_NODE),
  'assets used by a node': uses(OF_NODE, INPUT),
  'assets used by a node SEEN': uses(OF_NODE, INPUT, ASSET),
  'asset health': { uses: [SINCE], neverGeneric: SPAN_IS_UNKNOWN },
  'asset health of namespaces': { uses: [SINCE, ASSET], neverGeneric: SPAN_IS_UNKNOWN },

  'one ring UPSTREAM ALL': uses(INTO),
  'one ring DOWNSTREAM ALL': uses(OUT_OF),
  'one ring UPSTREAM CURRENT': uses(INTO, SLICE, INPUT, ...THERE),
  'one ring DOWNSTREAM CURRENT': uses(OUT_OF, SLICE, INPUT, ...THERE),
  'several rings UPSTREAM': uses(INTO),
  'several rings DOWNSTREAM': uses(OUT_OF),
  'edges UPSTREAM ALL': uses(INTO),
  'edges DOWNSTREAM ALL': uses(OUT_OF),
  'edges UPSTREAM CURRENT': uses(INTO, SLICE, INPUT, ...THERE),
  'edges DOWNSTREAM CURRENT': uses(OUT_OF, SLICE, INPUT, ...THERE),
  'next edges': uses(INTO),
  'visible assets': uses(NAME, ASSET),
  'next visible asset': uses(ASSET),
  'assets of namespaces': { uses: [ASSET], ofThousands: TABLE_IS_AS_GOOD },
  'known as of': uses(ASSET, BY_TIME, OUT_OF, STATS),
  'one ring UPSTREAM ALL AS OF': uses(INTO, STATS),
  'one ring DOWNSTREAM ALL AS OF': uses(OUT_OF, STATS),
  'one ring UPSTREAM CURRENT AS OF': uses(INTO, SLICE, INPUT, SLICE_AT, ...THERE),
  'one ring DOWNSTREAM CURRENT AS OF': uses(OUT_OF, SLICE, INPUT, SLICE_AT, ...THERE),
  'several rings UPSTREAM AS OF': uses(INTO, STATS),
  'several rings DOWNSTREAM AS OF': uses(OUT_OF, STATS),
  'edges UPSTREAM ALL AS OF': uses(INTO, STATS),
  'edges DOWNSTREAM ALL AS OF': uses(OUT_OF, STATS),
  'edges UPSTREAM CURRENT AS OF': uses(INTO, SLICE, INPUT, SLICE_AT, ...THERE),
  'edges DOWNSTREAM CURRENT AS OF': uses(OUT_OF, SLICE, INPUT, SLICE_AT, ...THERE),
  'degrees ALL AS OF': uses(INTO, OUT_OF, STATS),
  'degrees CURRENT AS OF': uses(INTO, OUT_OF, SLICE, INPUT, SLICE_AT, ...THERE),
  'sightings of edges AS OF': { uses: [STATS, INPUT], ofThousands: TABLE_IS_AS_GOOD },
  'current among edges AS OF': uses(SLICE, INPUT, SLICE_AT, ...THERE),
  'degrees ALL': uses(INTO, OUT_OF),
  'degrees CURRENT': uses(INTO, OUT_OF, SLICE, INPUT, ...THERE),
  'all assets': uses(ASSET),
  'all assets SEEN': uses(ASSET),
  'first by name': { uses: [ASSET], ofThousands: TABLE_IS_AS_GOOD },
  'sightings of edges': { uses: [STATS], ofThousands: TABLE_IS_AS_GOOD },
  'tally of assets': { uses: [ASSET, STATE], ofThousands: TABLE_IS_AS_GOOD },
  'assets of a walk': { uses: [ASSET, STATE, RETIRED], ofThousands: TABLE_IS_AS_GOOD },

  'graph state': uses(),
  'removed since': uses('asset_name_moved_by_idx', 'removed_edge_transaction_id_idx'),
  'assets since': uses('asset_transaction_id_idx', RETIRED),
  'edges since': uses('lineage_edge_transaction_id_idx'),
  'materialized since': uses(BY_TRANSACTION),
  'current upstreams': uses(INTO, SLICE, INPUT, ...THERE),
}
