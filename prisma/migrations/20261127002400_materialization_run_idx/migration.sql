-- CreateIndex
CREATE INDEX "materialization_run_id_idx" ON "materialization"("run_id");
