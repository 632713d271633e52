-- CreateIndex
CREATE INDEX "asset_search_folded_key_idx" ON "asset_search"("folded_key");
