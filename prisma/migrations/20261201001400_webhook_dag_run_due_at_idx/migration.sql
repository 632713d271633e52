-- CreateIndex
CREATE INDEX "webhook_dag_run_due_at_idx" ON "webhook_dag_run"("due_at");
