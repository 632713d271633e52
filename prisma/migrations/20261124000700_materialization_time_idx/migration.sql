-- CreateIndex
CREATE INDEX "materialization_materialized_at_id_asset_id_dag_id_idx" ON "materialization"("materialized_at", "id", "asset_id", "dag_id");
