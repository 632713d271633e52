-- CreateIndex
CREATE INDEX "openlineage_event_received_at_hash_idx" ON "openlineage_event"("received_at", "hash");
