-- DropIndex: the one before holds its columns first.
DROP INDEX "materialization_materialized_at_id_idx";
