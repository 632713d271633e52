-- CreateTable
CREATE TABLE "check_result" (
    "asset_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "materialization_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "severity" TEXT NOT NULL,
    "details" JSONB,
    "call_hash" BYTEA,
    "checked_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "check_result_pkey" PRIMARY KEY ("asset_id","id")
);
