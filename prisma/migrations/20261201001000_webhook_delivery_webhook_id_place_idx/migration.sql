-- CreateIndex
CREATE INDEX "webhook_delivery_webhook_id_place_idx" ON "webhook_delivery"("webhook_id", "place");
