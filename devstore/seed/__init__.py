"""Filling a store with real sales, and the people invented around them."""
