-- CreateTable
CREATE TABLE "asset_column" (
    "asset_id" UUID NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "asset_column_pkey" PRIMARY KEY ("asset_id","name")
);
