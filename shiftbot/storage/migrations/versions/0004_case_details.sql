-- What the fourth version added. Words as in 0001_first.sql.

ALTER TABLE cases ADD COLUMN details JSON;
