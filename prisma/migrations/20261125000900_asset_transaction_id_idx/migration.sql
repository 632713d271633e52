-- CreateIndex
CREATE INDEX "asset_transaction_id_idx" ON "asset"("transaction_id");
