-- CreateIndex
CREATE INDEX "run_job_namespace_begun_at_id_idx" ON "run"("job_namespace", "begun_at", "id");
