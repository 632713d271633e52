-- CreateIndex
CREATE INDEX "removed_edge_transaction_id_idx" ON "removed_edge"("transaction_id");
