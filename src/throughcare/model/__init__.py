"""Our own nouns: frozen values that cross rooms. They hold data and no behaviour."""
