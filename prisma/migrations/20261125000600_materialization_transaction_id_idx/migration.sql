-- CreateIndex
CREATE INDEX "materialization_transaction_id_idx" ON "materialization"("transaction_id");
