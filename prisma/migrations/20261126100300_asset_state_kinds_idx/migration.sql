-- CreateIndex
CREATE INDEX "asset_state_kinds_idx" ON "asset_state" USING GIN ("kinds");
