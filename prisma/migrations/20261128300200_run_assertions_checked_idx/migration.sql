-- CreateIndex
CREATE INDEX "run_assertions_asset_id_checked_at_idx" ON "run_assertions"("asset_id", "checked_at");
