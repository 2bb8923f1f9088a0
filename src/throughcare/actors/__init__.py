"""Who is asking: keys, tokens, users, one-time links, sessions, relationships, permission."""
