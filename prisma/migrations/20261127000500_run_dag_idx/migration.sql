-- CreateIndex
CREATE INDEX "run_dag_id_begun_at_id_idx" ON "run"("dag_id", "begun_at", "id");
