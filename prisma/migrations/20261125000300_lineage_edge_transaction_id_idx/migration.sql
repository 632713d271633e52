-- CreateIndex
CREATE INDEX "lineage_edge_transaction_id_idx" ON "lineage_edge"("transaction_id");
