-- CreateIndex
CREATE INDEX "asset_name_key_idx" ON "asset_name" USING GIN ("key" gin_trgm_ops);
