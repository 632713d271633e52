-- CreateIndex
CREATE INDEX "check_result_transaction_id_idx" ON "check_result"("transaction_id");
