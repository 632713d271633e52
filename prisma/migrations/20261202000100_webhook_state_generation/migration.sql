-- AlterTable
ALTER TABLE "webhook_state" ADD COLUMN "generation" BIGINT NOT NULL DEFAULT 0;
