-- AlterTable
ALTER TABLE "asset" ADD COLUMN     "tags_at" TIMESTAMPTZ(3);
