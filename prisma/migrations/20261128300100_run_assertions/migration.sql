-- CreateTable
CREATE TABLE "run_assertions" (
    "asset_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "run_id" UUID NOT NULL,
    "materialization_id" UUID,
    "version" TEXT,
    "partition_key" TEXT,
    "as_of" TIMESTAMPTZ(3) NOT NULL,
    "dag_id" TEXT,
    "checked_at" TIMESTAMPTZ(3) NOT NULL,
    "results" JSONB NOT NULL,
    "result_count" INTEGER NOT NULL,

    CONSTRAINT "run_assertions_pkey" PRIMARY KEY ("asset_id","id")
);
