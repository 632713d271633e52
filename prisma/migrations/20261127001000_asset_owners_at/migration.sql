-- AlterTable
ALTER TABLE "asset" ADD COLUMN     "owners_at" TIMESTAMPTZ(3);
