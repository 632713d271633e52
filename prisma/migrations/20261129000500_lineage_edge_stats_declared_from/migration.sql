-- Of the edges that are there nobody knows whether something has declared them.
ALTER TABLE "lineage_edge_stats" ADD COLUMN "declared_from" TIMESTAMPTZ(3) DEFAULT '-infinity';
