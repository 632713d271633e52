-- CreateIndex
CREATE INDEX "node_config_dag_id_idx" ON "node_config"("dag_id");
