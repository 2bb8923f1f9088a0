-- Posts: roles that somebody has in an organisation that is not their own (`actor_role` has those).
CREATE TABLE actor_post (
    user_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    role TEXT NOT NULL,
    organisation TEXT NOT NULL,
    PRIMARY KEY (user_id, position)
);

-- The post that somebody chose last. In both an empty organisation is the user's own.
CREATE TABLE actor_chosen (
    user_id TEXT PRIMARY KEY,
    role TEXT NOT NULL,
    organisation TEXT NOT NULL
);
ALTER TABLE actor_session ADD COLUMN organisation TEXT NOT NULL DEFAULT '';

CREATE VIEW actor_held AS
SELECT user_id, 0 AS elsewhere, position, role, '' AS organisation FROM actor_role
UNION ALL
SELECT user_id, 1 AS elsewhere, position, role, organisation FROM actor_post;
