-- CreateIndex
CREATE INDEX "webhook_stale_check_is_done_place_idx" ON "webhook_stale_check"("is_done", "place");
