-- CreateIndex
CREATE INDEX "webhook_stale_check_is_done_turn_idx" ON "webhook_stale_check"("is_done", "turn");
