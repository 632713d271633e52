-- CreateIndex
CREATE INDEX "asset_owners_idx" ON "asset" USING GIN ("owners");
