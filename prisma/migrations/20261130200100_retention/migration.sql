-- CreateTable
CREATE TABLE "retention" (
    "namespace" TEXT NOT NULL,
    "horizon" TIMESTAMPTZ(3) NOT NULL,
    "pruned_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "retention_pkey" PRIMARY KEY ("namespace")
);
