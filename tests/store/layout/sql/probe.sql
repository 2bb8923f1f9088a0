-- name: all
SELECT name, amount FROM probe ORDER BY name;

-- name: add
INSERT INTO probe (name, amount) VALUES (:name, :amount);

-- name: raise
UPDATE probe SET amount = amount + :by WHERE name LIKE :pattern;

-- name: slow
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :steps)
SELECT count(*), (SELECT count(*) FROM probe) FROM n;

-- name: of
SELECT name, amount FROM probe WHERE name = :name AND amount <= :most;

-- name: among
SELECT p.name, p.amount, :most - p.amount
FROM {texts :names} AS j JOIN probe AS p ON p.name = j.value
WHERE p.amount <= :most ORDER BY p.name DESC LIMIT :count;
