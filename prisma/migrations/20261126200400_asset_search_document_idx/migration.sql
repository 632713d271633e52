-- CreateIndex
CREATE INDEX "asset_search_document_idx" ON "asset_search" USING GIN ("document");
