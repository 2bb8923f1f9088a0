"""The person index: which source records are one person's, why, and how to take it back."""
