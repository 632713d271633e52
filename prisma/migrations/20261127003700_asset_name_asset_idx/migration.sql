-- CreateIndex
CREATE INDEX "asset_name_asset_id_idx" ON "asset_name"("asset_id");
