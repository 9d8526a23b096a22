-- Why the disk did not take some of a recording, in words.
ALTER TABLE recordings ADD COLUMN lost_reason TEXT;
