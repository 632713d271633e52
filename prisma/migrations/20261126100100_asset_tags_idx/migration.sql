-- CreateIndex
CREATE INDEX "asset_tags_idx" ON "asset" USING GIN ("tags");
