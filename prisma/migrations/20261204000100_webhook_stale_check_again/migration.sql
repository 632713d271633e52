-- AlterTable
ALTER TABLE "webhook_stale_check" ADD COLUMN "again" BIGINT;
