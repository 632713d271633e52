-- What was retired, and what was restored: the end of a retirement says so where it is neither the beginning of another
-- nor the time of a materialization, which revives an asset anyway.
INSERT INTO "asset_lifecycle" ("asset_id", "id", "is_retired", "since")
SELECT r.asset_id, md5('retired' || r.retired_at::text)::uuid, true, r.retired_at FROM asset_retirement r
UNION ALL
SELECT r.asset_id, md5('restored' || r.restored_at::text)::uuid, false, r.restored_at FROM asset_retirement r
WHERE r.restored_at IS NOT NULL
  AND NOT EXISTS (SELECT FROM asset_retirement o WHERE o.asset_id = r.asset_id AND o.retired_at = r.restored_at)
  AND NOT EXISTS (SELECT FROM materialization m WHERE m.asset_id = r.asset_id AND m.materialized_at = r.restored_at)
ON CONFLICT DO NOTHING;
