-- Rows with text, an index, updates, deletes and groups, all in memory.
-- ROWS stands for a number.
CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, kind INTEGER, body TEXT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ROWS)
INSERT INTO item SELECT i, printf('item-%08x', i * 2654435761 % 4294967296),
    i % 97, substr('the quick brown fox jumps over the lazy dog', i % 31, i % 40)
    FROM n;
CREATE INDEX item_name ON item (name);
UPDATE item SET body = body || name WHERE kind % 3 = 0;
DELETE FROM item WHERE kind % 7 = 2;
CREATE TABLE total AS
    SELECT kind, count(*) AS many, max(name) AS last, group_concat(body) AS text
    FROM item GROUP BY kind;
SELECT sum(length(text)), count(*) FROM total;
SELECT count(*) FROM item a JOIN item b ON a.name = b.name
    WHERE a.body LIKE '%fox%' OR upper(b.body) LIKE '%DOG%';
