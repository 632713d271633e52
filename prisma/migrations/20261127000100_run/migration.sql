-- CreateTable
CREATE TABLE "run" (
    "id" UUID NOT NULL,
    "job_namespace" TEXT NOT NULL,
    "job_name" TEXT NOT NULL,
    "run_id" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "begun_at" TIMESTAMPTZ(3) NOT NULL,
    "started_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "nominal_start_at" TIMESTAMPTZ(3),
    "nominal_end_at" TIMESTAMPTZ(3),
    "error_message" TEXT,
    "parent_id" UUID,
    "root_id" UUID,
    "dag_id" TEXT,
    "node_task_id" TEXT,
    "input_ids" UUID[],
    "output_ids" UUID[],
    "merged" JSONB NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "run_pkey" PRIMARY KEY ("id")
);
