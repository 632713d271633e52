-- AlterTable
ALTER TABLE "webhook" ADD COLUMN "failing_since" TIMESTAMPTZ(3);
