-- CreateIndex
CREATE INDEX "webhook_told_stale_webhook_id_idx" ON "webhook_told_stale"("webhook_id");
