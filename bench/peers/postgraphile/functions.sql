-- A flat walk for PostGraphile: one recursion over ids, each node with the ids of those it was made from. Of the forms
-- that were tried (rows of asset with their relations, nodes and edges as two functions, both in one composite value)
-- PostGraphile answers this one with the least work.
CREATE FUNCTION lineage_upstream(root uuid)
RETURNS TABLE (
  asset_id uuid,
  namespace text,
  key text,
  kind text,
  kinds text[],
  description text,
  owners text[],
  created_at timestamptz,
  updated_at timestamptz,
  upstream_ids uuid[]
)
LANGUAGE sql STABLE AS $$
  WITH RECURSIVE reached (id) AS (
    SELECT root
    UNION
    SELECT e.upstream_id FROM reached r JOIN lineage_edge e ON e.downstream_id = r.id
  )
  SELECT a.id, a.namespace, a.key, s.kind, s.kinds, s.description, a.owners, a.created_at, s.updated_at,
    ARRAY(SELECT e.upstream_id FROM lineage_edge e WHERE e.downstream_id = r.id)
  FROM reached r JOIN asset a ON a.id = r.id JOIN asset_state s ON s.asset_id = r.id
$$;
