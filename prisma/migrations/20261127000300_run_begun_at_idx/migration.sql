-- CreateIndex
CREATE INDEX "run_begun_at_id_idx" ON "run"("begun_at", "id");
