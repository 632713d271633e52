-- AlterTable
ALTER TABLE "run_assertions" ADD COLUMN     "pruned_id" UUID;
