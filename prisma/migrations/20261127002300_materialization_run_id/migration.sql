-- AlterTable
ALTER TABLE "materialization" ADD COLUMN     "run_id" UUID;
