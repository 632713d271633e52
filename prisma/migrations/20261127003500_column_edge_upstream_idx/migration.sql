-- CreateIndex
CREATE INDEX "column_edge_upstream_id_upstream_column_asset_id_column_nam_idx" ON "column_edge"("upstream_id", "upstream_column", "asset_id", "column_name", "is_indirect");
