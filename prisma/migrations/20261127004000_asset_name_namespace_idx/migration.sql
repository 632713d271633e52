-- CreateIndex
CREATE INDEX "asset_name_namespace_asset_id_idx" ON "asset_name"("namespace", "asset_id");
