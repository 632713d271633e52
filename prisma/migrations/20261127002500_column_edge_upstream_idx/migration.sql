-- CreateIndex
CREATE INDEX "column_edge_upstream_id_upstream_column_idx" ON "column_edge"("upstream_id", "upstream_column");
