-- CreateIndex
CREATE INDEX "check_result_asset_id_materialization_id_checked_at_id_idx" ON "check_result"("asset_id", "materialization_id", "checked_at", "id");
