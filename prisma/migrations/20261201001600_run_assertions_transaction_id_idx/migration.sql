-- CreateIndex
CREATE INDEX "run_assertions_transaction_id_idx" ON "run_assertions"("transaction_id");
