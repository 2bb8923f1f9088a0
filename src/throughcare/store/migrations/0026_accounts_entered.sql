-- When it was last checked whose a person's account is, in microseconds since 1970, UTC; null: not
-- known. Where a record is split, an account from the time in which it was one may be either's.
ALTER TABLE actor_user ADD COLUMN entered BIGINT;
CREATE INDEX actor_user_person ON actor_user (person) WHERE person IS NOT NULL;
