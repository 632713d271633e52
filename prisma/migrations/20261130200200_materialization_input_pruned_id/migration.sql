-- AlterTable
ALTER TABLE "materialization_input" ADD COLUMN     "pruned_id" UUID;
