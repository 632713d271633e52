-- CreateIndex
CREATE INDEX "run_job_key_begun_at_id_idx" ON "run"("job_key", "begun_at", "id");
