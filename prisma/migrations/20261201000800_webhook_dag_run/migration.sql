-- CreateTable
CREATE TABLE "webhook_dag_run" (
    "webhook_id" UUID NOT NULL,
    "dag_id" TEXT NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "webhook_dag_run_pkey" PRIMARY KEY ("webhook_id","dag_id")
);
