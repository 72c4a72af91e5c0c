-- Authenticates everything else, where whoever opens the store has a key; see sqlite/seal.rs.
CREATE TABLE seal (
    mac BLOB
) STRICT;

INSERT INTO seal (mac) VALUES (NULL);
