-- CreateIndex
CREATE INDEX "asset_lifecycle_asset_id_is_retired_since_idx" ON "asset_lifecycle"("asset_id", "is_retired", "since");
