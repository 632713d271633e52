-- AlterTable
ALTER TABLE "run" ADD COLUMN     "parent" JSONB;
