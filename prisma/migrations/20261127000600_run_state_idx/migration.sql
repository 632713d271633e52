-- CreateIndex
CREATE INDEX "run_state_begun_at_id_idx" ON "run"("state", "begun_at", "id");
