-- CreateTable
CREATE TABLE "asset_retirement" (
    "asset_id" UUID NOT NULL,
    "retired_at" TIMESTAMPTZ(3) NOT NULL,
    "restored_at" TIMESTAMPTZ(3),

    CONSTRAINT "asset_retirement_pkey" PRIMARY KEY ("asset_id","retired_at")
);
