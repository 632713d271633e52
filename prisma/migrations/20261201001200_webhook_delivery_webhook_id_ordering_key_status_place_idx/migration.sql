-- CreateIndex
CREATE INDEX "webhook_delivery_webhook_id_ordering_key_status_place_idx" ON "webhook_delivery"("webhook_id", "ordering_key", "status", "place");
