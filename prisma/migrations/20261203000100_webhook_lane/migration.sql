-- CreateTable
CREATE TABLE "webhook_lane" (
    "webhook_id" UUID NOT NULL,
    "ordering_key" TEXT NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "lease" UUID,
    "is_failing" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "webhook_lane_pkey" PRIMARY KEY ("webhook_id","ordering_key")
);
