-- AlterTable
ALTER TABLE "run" ADD COLUMN     "job_key" TEXT;
