"""The content of a node: all that has to be in a copy for it to be the same node."""
