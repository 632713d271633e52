-- CreateIndex
CREATE INDEX "asset_search_folded_name_idx" ON "asset_search"("folded_name");
