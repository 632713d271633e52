-- DropIndex
DROP INDEX "run_job_namespace_job_name_begun_at_id_idx";
