-- The code lists that labels come from: the highest number is in force; without any, those shipped.
-- `reached` is how far a relabelling has come: persons up to it follow these lists. `finished` is
-- null until all do.
CREATE TABLE code_list (
    number INTEGER PRIMARY KEY,
    version TEXT NOT NULL,
    body TEXT NOT NULL,
    begun TEXT NOT NULL,
    reached INTEGER NOT NULL DEFAULT 0,
    finished TEXT
);
