-- AlterTable
ALTER TABLE "materialization_input" ADD COLUMN     "pruned_version" TEXT;
