-- CreateIndex
CREATE INDEX "run_job_namespace_job_name_begun_at_id_idx" ON "run"("job_namespace", "job_name", "begun_at", "id");
