-- CreateIndex
CREATE INDEX "asset_schema_asset_id_stated_at_hash_idx" ON "asset_schema"("asset_id", "stated_at", "hash");
