-- CreateIndex
CREATE INDEX "run_assertions_asset_id_version_partition_key_as_of_idx" ON "run_assertions"("asset_id", "version", "partition_key", "as_of");
