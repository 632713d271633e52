-- CreateIndex
CREATE INDEX "asset_name_moved_by_idx" ON "asset_name"("moved_by");
