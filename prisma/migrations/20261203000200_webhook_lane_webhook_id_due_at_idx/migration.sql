-- CreateIndex
CREATE INDEX "webhook_lane_webhook_id_due_at_idx" ON "webhook_lane"("webhook_id", "due_at");
