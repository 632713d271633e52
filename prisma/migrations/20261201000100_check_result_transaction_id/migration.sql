-- Without a default at first, so that rows that are there need not be rewritten: nobody will ask for their transactions.
ALTER TABLE "check_result" ADD COLUMN "transaction_id" xid8;
