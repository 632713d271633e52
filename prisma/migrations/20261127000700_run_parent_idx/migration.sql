-- CreateIndex
CREATE INDEX "run_parent_id_begun_at_id_idx" ON "run"("parent_id", "begun_at", "id");
