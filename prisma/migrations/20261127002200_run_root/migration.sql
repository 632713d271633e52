-- AlterTable
ALTER TABLE "run" ADD COLUMN     "root" JSONB;
